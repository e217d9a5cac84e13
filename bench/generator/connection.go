package main

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"syscall"
	"time"
)

// connection carries one request at a time.
type connection struct {
	fd        int
	bodyBytes int
	due       time.Duration
	counts    bool
	busy      bool
	head      []byte // what has come of the answer while its head is not complete
	left      int    // bytes of its body still to come
	inBody    bool
	buffer    [64 << 10]byte
}

// errEnded: the other side has ended the connection.
var errEnded = errors.New("ended by the other side")

var (
	endOfHead  = []byte("\r\n\r\n")
	statusOk   = []byte("HTTP/1.1 200")
	lengthName = []byte("\r\ncontent-length:")
)

func connect(port, bodyBytes int) (*connection, error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("socket: %w", err)
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	if err := syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1); err != nil {
		return nil, fmt.Errorf("setsockopt: %w", err)
	}
	return &connection{fd: fd, bodyBytes: bodyBytes}, syscall.SetNonblock(fd, true)
}

func (c *connection) send(request []byte, due time.Duration, counts bool) error {
	c.due, c.counts, c.busy = due, counts, true
	count, err := syscall.Write(c.fd, request)
	if err == syscall.EPIPE || err == syscall.ECONNRESET {
		return errEnded
	}
	if err != nil || count != len(request) {
		return fmt.Errorf("a request was not sent: %d bytes, %v", count, err)
	}
	return nil
}

// read tells whether the answer is complete. An answer that is not asked for, refused, cut off or of another size is an error.
func (c *connection) read() (bool, error) {
	count, err := syscall.Read(c.fd, c.buffer[:])
	if err == syscall.EAGAIN || err == syscall.EINTR {
		return false, nil
	}
	if count == 0 || err == syscall.ECONNRESET || err == syscall.EPIPE {
		return false, errEnded
	}
	if err != nil {
		return false, fmt.Errorf("read: %w", err)
	}
	if !c.busy {
		return false, fmt.Errorf("an answer that nobody asked for: %q", c.buffer[:count])
	}
	bodyCame := count
	if !c.inBody {
		c.head = append(c.head, c.buffer[:count]...)
		end := bytes.Index(c.head, endOfHead)
		if end == -1 {
			return false, nil
		}
		bodyCame = len(c.head) - end - len(endOfHead)
		if err := c.check(c.head[:end+2]); err != nil {
			return false, err
		}
		c.head, c.inBody, c.left = c.head[:0], true, c.bodyBytes
	}
	c.left -= bodyCame
	if c.left < 0 {
		return false, fmt.Errorf("%d bytes more than the answer has", -c.left)
	}
	if c.left > 0 {
		return false, nil
	}
	c.inBody, c.busy = false, false
	return true, nil
}

func (c *connection) check(head []byte) error {
	if !bytes.HasPrefix(head, statusOk) {
		return fmt.Errorf("answered %q", bytes.SplitN(head, []byte("\r\n"), 2)[0])
	}
	lower := bytes.ToLower(head)
	at := bytes.Index(lower, lengthName)
	if at == -1 {
		return fmt.Errorf("an answer without Content-Length")
	}
	value := lower[at+len(lengthName):]
	length, err := strconv.Atoi(string(bytes.TrimSpace(value[:bytes.IndexByte(value, '\r')])))
	if err != nil || length != c.bodyBytes {
		return fmt.Errorf("a body of %d bytes, expected %d", length, c.bodyBytes)
	}
	return nil
}
