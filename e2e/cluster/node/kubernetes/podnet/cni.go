// cni.go writes the node's CNI configuration.
package main

import (
	"encoding/json"
	"os"
)

const configurationFile = "/etc/cni/net.d/10-podnet.conflist"

// writeConfiguration names the stock CNI plugins for the node's pod range; the kubelet turns Ready when the file appears.
func writeConfiguration(podCIDR string) error {
	type object = map[string]any
	configuration, err := json.MarshalIndent(object{
		"cniVersion": "0.4.0", "name": "podnet",
		"plugins": []any{
			object{
				"type": "ptp", "ipMasq": false, "mtu": 1500,
				"ipam": object{
					"type": "host-local",
					// On a tmpfs: addresses that a killed node's pods held are free again when it starts.
					"dataDir": "/run/cni-ipam-state",
					"routes":  []any{object{"dst": "0.0.0.0/0"}},
					"ranges":  []any{[]any{object{"subnet": podCIDR}}},
				},
			},
			object{"type": "portmap", "capabilities": object{"portMappings": true}},
		},
	}, "", "  ")
	if err != nil {
		return err
	}
	if present, err := os.ReadFile(configurationFile); err == nil && string(present) == string(configuration) {
		return nil
	}
	if err := os.WriteFile(configurationFile+".tmp", configuration, 0o644); err != nil {
		return err
	}
	return os.Rename(configurationFile+".tmp", configurationFile)
}
