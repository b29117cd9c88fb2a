package load

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/task-assistant/tasc/internal/diag"
)

const (
	// RuleEndless is the rule of evaluations that were given up.
	RuleEndless = "spec-endless"
	// RuleCUE is the rule of evaluations in which CUE itself failed; the specs may be right.
	RuleCUE = "cue-bug"
)

// Guard begins to watch one evaluation. The channel says, once, when it is time
// to give the evaluation up; stop ends the watch. part is the share of its
// patience that the evaluation may use: one of part 10 gets a tenth. CUE cannot
// be interrupted, so an evaluation that is given up keeps its goroutine until
// the process ends.
type Guard func(part int) (giveUp <-chan End, stop func())

// End is why an evaluation is given up.
type End struct {
	// Why is for people: "it did not end within 30s".
	Why string
	// Final says that nothing else can be evaluated any more, for want of memory.
	Final bool
}

// run evaluates under guard. A panic of CUE's becomes a finding that names the
// files; any other panic is the caller's.
func (g Guard) run(part int, files []string, evaluate func() outcome) outcome {
	var giveUp <-chan End // of nobody, unless there is a guard
	if g != nil {
		var stop func()
		giveUp, stop = g(part)
		defer stop()
	}
	done, failed := make(chan outcome, 1), make(chan any, 1)
	go func() {
		defer func() {
			switch r := recover(); {
			case r == nil:
			case panickedInCUE():
				done <- outcome{found: []diag.Diagnostic{panicked(files, r)}}
			default:
				failed <- r
			}
		}()
		done <- evaluate()
	}()
	select {
	case out := <-done:
		return out
	case r := <-failed:
		panic(r)
	case end := <-giveUp:
		return gaveUp(files, end)
	}
}

// panickedInCUE is called while a panic is recovered, and tells who caused it:
// the innermost function on the stack that is CUE's or ours. Its file says so,
// since a function that is inlined has the name of the one around it.
func panickedInCUE() bool {
	pcs := make([]uintptr, 100)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	panicking := false // below are the functions that handle the panic
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			panicking = true
		case panicking && strings.Contains(f.File, "cuelang.org/go"):
			return true
		case panicking && strings.HasPrefix(f.Function, "github.com/task-assistant/tasc/"):
			return false
		}
		if !more {
			return false
		}
	}
}

func gaveUp(files []string, end End) outcome {
	return outcome{end: end, found: []diag.Diagnostic{{Rule: RuleEndless, Pos: firstFile(files), Message: "the evaluation of " + list(files) + " was given up: " + end.Why,
		Expected: "specs that CUE evaluates in milliseconds", Fix: "look for disjunctions of structs that are unified with each other, and for definitions that grow when they are used"}}}
}

func panicked(files []string, r any) diag.Diagnostic {
	return diag.Diagnostic{Rule: RuleCUE, Pos: firstFile(files), Message: "CUE itself failed on " + list(files) + ": " + shorten(fmt.Sprint(r)),
		Expected: "a value or an error from CUE: this is a bug of CUE, whatever the specs say", Fix: "write what is unusual in them in another way, and report it to github.com/cue-lang/cue"}
}

func firstFile(files []string) diag.Pos {
	if len(files) == 0 {
		return diag.Pos{}
	}
	return diag.Pos{File: files[0]}
}

// maxListed bounds how many files one message names.
const maxListed = 30

func list(files []string) string {
	n := len(files)
	if n > maxListed {
		return fmt.Sprintf("%s and %d more files", strings.Join(files[:maxListed], ", "), n-maxListed)
	}
	return strings.Join(files, ", ")
}
