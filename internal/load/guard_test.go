package load

import (
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"

	"github.com/task-assistant/tasc/internal/diag"
)

// impatient gives every evaluation up at once, and counts how it was asked.
type impatient struct{ begun, ended int }

func (g *impatient) guard(int) (<-chan End, func()) {
	g.begun++
	giveUp := make(chan End, 1)
	giveUp <- End{Why: "it took longer than 30s"}
	return giveUp, func() { g.ended++ }
}

func TestGuard_GivesUp(t *testing.T) {
	release := make(chan bool)
	defer close(release)
	var g impatient
	out := Guard(g.guard).run(1, []string{"engines/a.cue", "engines/b.cue"}, func() outcome { <-release; return outcome{} })
	want := "the evaluation of engines/a.cue, engines/b.cue was given up: it took longer than 30s"
	if len(out.found) != 1 || out.found[0].Message != want || out.found[0].Rule != RuleEndless || out.found[0].Pos != (diag.Pos{File: "engines/a.cue"}) || !out.broken() {
		t.Errorf("got %+v", out)
	}
	if g != (impatient{1, 1}) {
		t.Errorf("watches: %+v, want one that was begun and ended", g)
	}
}

func TestGuard_NamesFewFiles(t *testing.T) {
	files := make([]string, maxListed+7)
	for i := range files {
		files[i] = "x.cue"
	}
	if got := list(files); !strings.HasSuffix(got, ", x.cue and 7 more files") || strings.Count(got, "x.cue") != maxListed {
		t.Errorf("got %s", got)
	}
}

// panicInCUE makes CUE panic: a scope must be of the same context.
func panicInCUE() outcome {
	cuecontext.New().CompileString("x", cue.Scope(cuecontext.New().CompileString("x: 1")))
	return outcome{}
}

func TestGuard_PanicOfCUE(t *testing.T) {
	out := Guard(nil).run(1, []string{"engines/a.cue"}, panicInCUE)
	if len(out.found) != 1 || out.found[0].Rule != RuleCUE || out.found[0].File != "engines/a.cue" || !strings.HasPrefix(out.found[0].Message, "CUE itself failed on engines/a.cue: ") {
		t.Errorf("got %s", text(out.found))
	}
}

// TestGuard_OtherPanic: what is not CUE's fault is ours, and reaches the caller.
func TestGuard_OtherPanic(t *testing.T) {
	for name, f := range map[string]func() outcome{
		"of ours":              func() outcome { panic("ours") },
		"of ours, below CUE's": func() outcome { _ = cuecontext.New().CompileString("{a: 1}"); panic("ours") },
		"of the runtime's":     func() outcome { var l *loader; _ = l.dir; return outcome{} },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic reached the caller")
				}
			}()
			Guard(nil).run(1, nil, f)
		})
	}
}
