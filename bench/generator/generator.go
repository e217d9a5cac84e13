package main

import (
	"fmt"
	"syscall"
	"time"
	"unsafe"
)

type generator struct {
	plan     plan
	epoll    int
	timer    int
	started  time.Time
	requests [][]byte
	byFd     map[int32]*connection
	opened   int
	idle     []*connection
	sent     int
	answered int
	failed   int // ended by the other side before the answer was complete
	latency  histogram
	lateness histogram
	// No connection was free: until it has caught up, the other side is late and not this one.
	blocked bool
}

// run sends every request of the plan and waits until each has ended; a wrong answer ends it.
func run(plan plan, limit time.Duration) (report, error) {
	g := &generator{plan: plan, byFd: map[int32]*connection{}, requests: requests(plan)}
	if err := g.open(); err != nil {
		return report{}, err
	}
	g.started = time.Now()
	events := make([]syscall.EpollEvent, 256)
	for g.answered+g.failed < plan.total {
		if err := g.sendDue(); err != nil {
			return report{}, err
		}
		count, err := syscall.EpollWait(g.epoll, events, 1000)
		if err != nil && err != syscall.EINTR {
			return report{}, fmt.Errorf("epoll_wait: %w", err)
		}
		for index := 0; index < count; index++ {
			if err := g.read(events[index].Fd); err != nil {
				return report{}, err
			}
		}
		if time.Since(g.started) > limit {
			return report{}, fmt.Errorf("only %d of %d requests were answered within %v", g.answered, plan.total, limit)
		}
	}
	return report{
		Requests:    plan.total - plan.warmUp,
		Failed:      g.failed,
		Connections: g.opened,
		P50Us:       g.latency.percentile(0.5),
		P99Us:       g.latency.percentile(0.99),
		P999Us:      g.latency.percentile(0.999),
		MaxUs:       g.latency.max,
		LateP99Us:   g.lateness.percentile(0.99),
	}, nil
}

func requests(plan plan) [][]byte {
	all := make([][]byte, plan.services)
	for index := range all {
		all[index] = []byte(fmt.Sprintf("GET /service-%05d/items/%d HTTP/1.1\r\nHost: gateway.example\r\n\r\n", index+1, index+1))
	}
	return all
}

func (g *generator) open() error {
	var err error
	if g.epoll, err = syscall.EpollCreate1(0); err != nil {
		return fmt.Errorf("epoll_create1: %w", err)
	}
	if g.timer, err = newTimer(); err != nil {
		return err
	}
	if err := g.watch(g.timer); err != nil {
		return err
	}
	for len(g.byFd) < g.plan.connections {
		connection, err := g.connect()
		if err != nil {
			return err
		}
		g.idle = append(g.idle, connection)
	}
	return nil
}

// sendDue sends what is due as far as there are connections, and sets the timer for the next; without a connection the
// next answer wakes it.
func (g *generator) sendDue() error {
	for g.sent < g.plan.total {
		due := g.dueAt(g.sent)
		late := time.Since(g.started) - due
		if late < 0 {
			g.blocked = false
			return setTimer(g.timer, -late)
		}
		connection, err := g.take()
		if connection == nil || err != nil {
			g.blocked = true
			return err
		}
		counts := g.sent >= g.plan.warmUp
		if counts && !g.blocked {
			g.lateness.add(late)
		}
		err = connection.send(g.requests[g.sent%len(g.requests)], due, counts)
		g.sent++
		if err == errEnded {
			g.forget(connection)
		} else if err != nil {
			return err
		}
	}
	return nil
}

func (g *generator) dueAt(number int) time.Duration {
	return time.Duration(float64(number) / g.plan.rate * float64(time.Second))
}

// take gives an idle connection, else a new one; nil when all that may be are busy.
func (g *generator) take() (*connection, error) {
	if last := len(g.idle) - 1; last >= 0 {
		connection := g.idle[last]
		g.idle = g.idle[:last]
		return connection, nil
	}
	if len(g.byFd) >= g.plan.maxConnections {
		return nil, nil
	}
	return g.connect()
}

func (g *generator) connect() (*connection, error) {
	connection, err := connect(g.plan.port, g.plan.bodyBytes)
	if err != nil {
		return nil, err
	}
	g.byFd[int32(connection.fd)] = connection
	g.opened++
	return connection, g.watch(connection.fd)
}

func (g *generator) read(fd int32) error {
	if fd == int32(g.timer) {
		var expirations [8]byte
		syscall.Read(g.timer, expirations[:])
		return nil
	}
	connection, open := g.byFd[fd]
	if !open { // closed earlier in this turn
		return nil
	}
	complete, err := connection.read()
	if err == errEnded {
		g.forget(connection)
		return nil
	}
	if err != nil || !complete {
		return err
	}
	if connection.counts {
		g.latency.add(time.Since(g.started) - connection.due)
	}
	g.answered++
	g.idle = append(g.idle, connection)
	return nil
}

// forget closes a connection that the other side ended: between two requests it may, and within one it has lost it.
func (g *generator) forget(connection *connection) {
	if connection.busy {
		g.failed++
	}
	for index, other := range g.idle {
		if other == connection {
			g.idle = append(g.idle[:index], g.idle[index+1:]...)
			break
		}
	}
	delete(g.byFd, int32(connection.fd))
	syscall.Close(connection.fd)
}

func (g *generator) watch(fd int) error {
	event := syscall.EpollEvent{Events: syscall.EPOLLIN, Fd: int32(fd)}
	if err := syscall.EpollCtl(g.epoll, syscall.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("epoll_ctl: %w", err)
	}
	return nil
}

func newTimer() (int, error) {
	const monotonic = 1
	fd, _, errno := syscall.Syscall(syscall.SYS_TIMERFD_CREATE, monotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return 0, fmt.Errorf("timerfd_create: %w", errno)
	}
	return int(fd), nil
}

func setTimer(fd int, wait time.Duration) error {
	setting := struct{ interval, value syscall.Timespec }{value: syscall.NsecToTimespec(int64(wait))}
	_, _, errno := syscall.Syscall6(syscall.SYS_TIMERFD_SETTIME, uintptr(fd), 0, uintptr(unsafe.Pointer(&setting)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("timerfd_settime: %w", errno)
	}
	return nil
}
