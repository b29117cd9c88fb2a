package main

import (
	"fmt"
	"os"
)

// result is what was measured, and on how many engines or files.
type result struct {
	what    string
	engines int
}

type results map[result]figures

// What is measured of the binaries.
const (
	tascSize    = "`tasc`, stripped"
	runnerSize  = "runner, stripped"
	runnerStart = "runner, start"
)

// budget is a figure that a release has to keep. of returns it, and false where it was not measured.
type budget struct {
	what   string
	target float64
	unit   string
	of     func(results) (float64, bool)
}

// budgets are for two processors that do nothing else.
var budgets = []budget{
	{"`generate`, cold, 1,000 engines: wall", 600, "ms", wallOf(coldNew, 1000)},
	{"`generate`, cold, 1,000 engines: peak", 150, "MB", peakOf(coldNew, 1000)},
	{"`generate`, nothing changed, 1,000 engines: wall", 60, "ms", wallOf(unchanged, 1000)},
	{"`generate`, cold, 6 engines: wall", 40, "ms", wallOf(coldNew, 6)},
	{"CPU per engine, `generate`, cold, 5,000 engines to 100", 1.25, "×", growth},
	{"`audit`, 10,000 files: peak", 150, "MB", peakOf(auditAll, 10000)},
	{"`audit`, 1,000 files: CPU", 500, "ms", cpuOf(auditAll, 1000)},
	{tascSize, 25, "MB", peakOf(tascSize, 0)},
	{runnerSize, 6.5, "MB", peakOf(runnerSize, 0)},
	{runnerStart, 3, "ms", wallOf(runnerStart, 0)},
	{"runner, memory", 15, "MB", peakOf(runnerStart, 0)},
}

func wallOf(what string, engines int) func(results) (float64, bool) {
	return func(r results) (float64, bool) {
		f, ok := r[result{what, engines}]
		return ms(f.wall), ok
	}
}

func cpuOf(what string, files int) func(results) (float64, bool) {
	return func(r results) (float64, bool) {
		f, ok := r[result{what, files}]
		return ms(f.cpu()), ok
	}
}

func peakOf(what string, engines int) func(results) (float64, bool) {
	return func(r results) (float64, bool) {
		f, ok := r[result{what, engines}]
		return mb(f.peak), ok
	}
}

func growth(r results) (float64, bool) {
	few, ok := r[result{coldNew, 100}]
	many, ok2 := r[result{coldNew, 5000}]
	if !ok || !ok2 {
		return 0, false
	}
	return (ms(many.cpu()) / 5000) / (ms(few.cpu()) / 100), true
}

func (b budget) line(r results) string {
	got, ok := b.of(r)
	if !ok {
		return fmt.Sprintf("| %s | %g %s | | not measured |", b.what, b.target, b.unit)
	}
	verdict := "met"
	if got > b.target {
		verdict = "**not met**"
	}
	return fmt.Sprintf("| %s | %g %s | %.1f %s | %s |", b.what, b.target, b.unit, got, b.unit, verdict)
}

// binaries measures what is released: sizes, and how long the runner takes to
// refuse a command line without a verb. To say its version takes it longer: it
// digests itself for that.
func (b *bench) binaries() error {
	for what, name := range map[string]string{tascSize: b.tasc, runnerSize: b.runner} {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		b.measured[result{what, 0}] = figures{peak: info.Size()}
	}
	f, err := measure(command{what: runnerStart, dir: b.root, args: []string{b.runner}, exit: 2}, 10*b.runs)
	b.measured[result{runnerStart, 0}] = f
	return err
}
