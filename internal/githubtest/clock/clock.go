// Package clock is the time of a test in which many actors wait for each other: the stand-in GitHub and the jobs that
// write to it share one value of it.
//
// [Virtual] stands still while any actor works and jumps to the next moment at which one wakes once all of them sleep, so
// that a quarter of an hour takes as long as the work in it, and a slow machine changes no figure. Whoever is given its
// functions Now and Sleep cannot tell it from the machine's clock.
package clock

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Virtual is a clock that only moves while all actors sleep. Make it with [NewVirtual].
type Virtual struct {
	mu      sync.Mutex
	now     time.Time
	working int
	queue   queue
	made    int
	idle    *sync.Cond // no actor is left
}

// NewVirtual returns a clock that shows start.
func NewVirtual(start time.Time) *Virtual {
	v := &Virtual{now: start}
	v.idle = sync.NewCond(&v.mu)
	return v
}

// Go starts an actor. It works until it returns, but for the time it spends in [Virtual.Sleep]; who works for it meanwhile,
// such as a server that handles its request, may sleep in its place. Who starts several does so as an actor itself, or time
// goes on between them.
func (v *Virtual) Go(actor func()) {
	v.mu.Lock()
	v.working++
	v.mu.Unlock()
	go func() {
		defer v.rest()
		actor()
	}()
}

// Now returns the time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// Sleep waits for d, or until ctx ends, and returns why it ended. Only actors may call it.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	v.mu.Lock()
	v.made++
	s := &sleeper{at: v.now.Add(max(d, 0)), order: v.made, woken: make(chan struct{})}
	heap.Push(&v.queue, s)
	v.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { v.cut(s) })
	v.rest()
	<-s.woken
	stop()
	return ctx.Err()
}

// Wait returns when every actor has returned.
func (v *Virtual) Wait() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for v.working > 0 || len(v.queue) > 0 {
		v.idle.Wait()
	}
}

// rest ends the work of one actor, and lets time go on if it was the last one at work.
func (v *Virtual) rest() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.working--
	if v.working == 0 && len(v.queue) > 0 {
		next := heap.Pop(&v.queue).(*sleeper)
		v.now = next.at
		v.wake(next)
	}
	if v.working == 0 {
		v.idle.Broadcast()
	}
}

// cut wakes a sleeper before its time.
func (v *Virtual) cut(s *sleeper) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s.index >= 0 {
		heap.Remove(&v.queue, s.index)
		v.wake(s)
	}
}

// wake puts a sleeper to work that is out of the queue. The caller holds v.mu.
func (v *Virtual) wake(s *sleeper) {
	v.working++
	close(s.woken)
}

type sleeper struct {
	at    time.Time
	order int // among those of one moment
	index int // in the queue, -1 out of it
	woken chan struct{}
}

// queue is a heap of sleepers, the first to wake at its top.
type queue []*sleeper

func (q queue) Len() int { return len(q) }

func (q queue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].order < q[j].order
}

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	s := x.(*sleeper)
	s.index = len(*q)
	*q = append(*q, s)
}

func (q *queue) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	s.index = -1
	(*q)[last] = nil
	*q = (*q)[:last]
	return s
}
