package cli

import (
	"fmt"
	"runtime/metrics"
	"time"

	"github.com/task-assistant/tasc/internal/load"
)

// Limits bound what the evaluation of specs may use: some few lines of CUE can take hours, or all memory.
type Limits struct {
	// Time is for one evaluation: of the whole package, or of a batch of files.
	Time time.Duration
	// Memory is for the whole process, in bytes of live and not yet collected objects.
	Memory uint64
}

// DefaultLimits are far above what specs need: 5,000 engines that have to be
// evaluated at once take 6 s and 1 GB.
var DefaultLimits = Limits{Time: 30 * time.Second, Memory: 4 << 30}

// guard watches one evaluation; it is a load.Guard.
func (l Limits) guard(part int) (giveUp <-chan load.End, stop func()) {
	end, done := make(chan load.End, 1), make(chan bool)
	limit := l.Time / time.Duration(part)
	go func() {
		look := time.NewTicker(50 * time.Millisecond)
		defer look.Stop()
		patience := time.NewTimer(limit)
		defer patience.Stop()
		for {
			select {
			case <-done:
				return
			case <-patience.C:
				end <- load.End{Why: fmt.Sprintf("it did not end within %s", limit)}
				return
			case <-look.C:
				if used := heap(); used > l.Memory {
					end <- load.End{Why: fmt.Sprintf("tasc holds more than %d MB of memory with it", l.Memory>>20), Final: true}
					return
				}
			}
		}
	}()
	return end, func() { close(done) }
}

// heap returns the bytes of objects, living or not yet collected.
func heap() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
