package main

import "time"

// histogram counts microseconds one by one below a second; what is longer counts as the longest.
type histogram struct {
	counts [1_000_000]uint32
	total  int
	max    int64
}

func (h *histogram) add(duration time.Duration) {
	us := duration.Microseconds()
	if us > h.max {
		h.max = us
	}
	if us >= int64(len(h.counts)) {
		us = int64(len(h.counts)) - 1
	}
	h.counts[us]++
	h.total++
}

func (h *histogram) percentile(share float64) int64 {
	left := int(share * float64(h.total))
	for us, count := range h.counts {
		left -= int(count)
		if left < 0 && us < len(h.counts)-1 {
			return int64(us)
		}
	}
	return h.max
}
