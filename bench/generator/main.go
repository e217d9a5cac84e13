// An open-loop generator: requests are due on a clock, whatever becomes of earlier ones, and latency counts from the
// moment when a request was due. One thread, one epoll, one timer of the kernel's: Node.js wakes at whole milliseconds
// only, and would send what is due in bursts.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"
)

type plan struct {
	port           int
	rate           float64
	total          int
	warmUp         int // requests whose latency does not count
	connections    int
	maxConnections int
	services       int
	bodyBytes      int
}

type report struct {
	Requests    int   `json:"requests"`
	Failed      int   `json:"failed"`
	Connections int   `json:"connections"`
	P50Us       int64 `json:"p50Us"`
	P99Us       int64 `json:"p99Us"`
	P999Us      int64 `json:"p999Us"`
	MaxUs       int64 `json:"maxUs"`
	// How late the generator itself was, which is part of the latencies.
	LateP99Us int64 `json:"lateP99Us"`
}

func main() {
	var plan plan
	var seconds, warmUp float64
	flag.IntVar(&plan.port, "port", 0, "of 127.0.0.1")
	flag.Float64Var(&plan.rate, "rate", 1000, "requests a second")
	flag.Float64Var(&seconds, "seconds", 1, "measured")
	flag.Float64Var(&warmUp, "warm-up", 0, "seconds before them")
	flag.IntVar(&plan.connections, "connections", 64, "opened at the start")
	flag.IntVar(&plan.maxConnections, "max-connections", 1024, "opened when all are busy")
	flag.IntVar(&plan.services, "services", 1, "that the paths rotate over")
	flag.IntVar(&plan.bodyBytes, "body-bytes", 0, "that each answer must have")
	flag.Parse()
	plan.warmUp = int(warmUp * plan.rate)
	plan.total = plan.warmUp + int(seconds*plan.rate)

	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	report, err := run(plan, time.Duration((seconds+warmUp)*1.5*float64(time.Second))+5*time.Second)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(report)
}
