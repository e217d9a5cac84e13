// routes.go sets the kernel's routes to the pods of other nodes, and its rule for what leaves the cluster.
package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"sort"
	"strings"

	"github.com/vishvananda/netlink"
)

// routeProtocol marks podnet's own routes, so that stale ones are found and others are left alone.
const routeProtocol = 98

// setRoutes makes podnet's routes equal to wanted: pod range -> node address.
func setRoutes(wanted map[string]net.IP) error {
	present, err := netlink.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Protocol: routeProtocol}, netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return err
	}
	for _, route := range present {
		if route.Dst != nil && wanted[route.Dst.String()].Equal(route.Gw) {
			continue
		}
		if err := netlink.RouteDel(&route); err != nil {
			return fmt.Errorf("delete route %v: %w", route, err)
		}
	}
	for podCIDR, gateway := range wanted {
		_, destination, err := net.ParseCIDR(podCIDR)
		if err != nil {
			return err
		}
		if err := netlink.RouteReplace(&netlink.Route{Dst: destination, Gw: gateway, Protocol: routeProtocol}); err != nil {
			return fmt.Errorf("route %s via %s: %w", podCIDR, gateway, err)
		}
	}
	return nil
}

// masquerade gives the node's address to what pods send to anything but inside: pod to pod keeps the pod's address. One
// transaction replaces the table, so that there is no moment without it.
func masquerade(ctx context.Context, podSubnet string, inside []string) error {
	sort.Strings(inside)
	nft := exec.CommandContext(ctx, "nft", "-f", "-")
	nft.Stdin = strings.NewReader(fmt.Sprintf(`
		table ip podnet
		delete table ip podnet
		table ip podnet {
			chain leave-cluster {
				type nat hook postrouting priority srcnat;
				ip saddr %s ip daddr != { %s } masquerade
			}
		}`, podSubnet, strings.Join(inside, ", ")))
	if output, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s", err, output)
	}
	return nil
}
