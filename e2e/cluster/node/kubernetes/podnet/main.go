// podnet is the pod network of a node: CNI configuration, routes to the other nodes' pods, and masquerading of what leaves the cluster.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

const (
	resyncPeriod = 15 * time.Second
	applyTimeout = 10 * time.Second
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Getenv("NODE_NAME"), os.Getenv("POD_SUBNET")); err != nil {
		klog.ErrorS(err, "podnet stopped")
		os.Exit(1)
	}
}

func run(ctx context.Context, nodeName, podSubnet string) error {
	if _, _, err := net.ParseCIDR(podSubnet); err != nil {
		return fmt.Errorf("POD_SUBNET: %w", err)
	}
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	// The cluster IP of the API server works only once kube-proxy runs; kind hands over an address that works before.
	if endpoint := os.Getenv("CONTROL_PLANE_ENDPOINT"); endpoint != "" {
		config.Host = "https://" + endpoint
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}

	factory := informers.NewSharedInformerFactory(client, 10*time.Minute)
	nodes := factory.Core().V1().Nodes()
	changed := make(chan struct{}, 1)
	notify := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	if _, err := nodes.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { notify() },
		UpdateFunc: func(any, any) { notify() },
		DeleteFunc: func(any) { notify() },
	}); err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())

	resync := time.NewTicker(resyncPeriod)
	defer resync.Stop()
	for {
		list, err := nodes.Lister().List(labels.Everything())
		if err == nil {
			err = apply(ctx, nodeName, podSubnet, list)
		}
		if err != nil {
			klog.ErrorS(err, "not applied, will be tried again", "after", resyncPeriod)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-changed:
		case <-resync.C:
		}
	}
}

// apply makes this node's pod network what the list of nodes asks for.
func apply(ctx context.Context, nodeName, podSubnet string, nodes []*corev1.Node) error {
	routes := map[string]net.IP{}
	inside := []string{podSubnet}
	for _, node := range nodes {
		address := internalAddress(node)
		if address != nil {
			inside = append(inside, address.String())
		}
		switch {
		case node.Spec.PodCIDR == "":
		case node.Name == nodeName:
			if err := writeConfiguration(node.Spec.PodCIDR); err != nil {
				return err
			}
		case address != nil:
			routes[node.Spec.PodCIDR] = address
		}
	}
	if err := setRoutes(routes); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, applyTimeout)
	defer cancel()
	return masquerade(ctx, podSubnet, inside)
}

func internalAddress(node *corev1.Node) net.IP {
	for _, address := range node.Status.Addresses {
		if ip := net.ParseIP(address.Address); address.Type == corev1.NodeInternalIP && ip.To4() != nil {
			return ip.To4()
		}
	}
	return nil
}
