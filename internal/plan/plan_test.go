package plan_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/expr"
	"github.com/task-assistant/tasc/internal/load"
	"github.com/task-assistant/tasc/internal/lock"
	"github.com/task-assistant/tasc/internal/plan"
	"github.com/task-assistant/tasc/internal/validate"
)

// TestPlan: each testdata/*.txtar holds a spec, a lock and, as "plan", what is decided for it.
// UPDATE=1 rewrites the plans.
func TestPlan(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			last := len(archive.Files) - 1
			if archive.Files[last].Name != "plan" {
				t.Fatal("the last section is not plan")
			}
			got := dump(build(t, archive))
			if os.Getenv("UPDATE") == "1" {
				archive.Files[last].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(archive.Files[last].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func build(t *testing.T, archive *txtar.Archive) plan.Plan {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, f := range archive.Files {
		fsys["engines/"+f.Name] = &fstest.MapFile{Data: f.Data, Mode: 0o644}
	}
	set, found := load.Load(fsys, "engines")
	none(t, found)
	lk, found := lock.Parse("engines/tasc.lock", fsys["engines/tasc.lock"].Data)
	none(t, found)
	none(t, validate.Run(set, lk, "2026-01-01"))
	return plan.Build(set, set.Platforms[0], lk)
}

func none(t *testing.T, found []diag.Diagnostic) {
	t.Helper()
	if len(found) > 0 {
		t.Fatalf("findings: %v", found)
	}
}

// dump prints what a plan decides, without the scripts and the inputs that are the same everywhere.
func dump(p plan.Plan) string {
	var b strings.Builder
	for _, s := range p.Pending {
		fmt.Fprintf(&b, "pending: %s\n", s)
	}
	for _, t := range p.Templates {
		fmt.Fprintf(&b, "%s\n  %s | %s | %s %q %q\n", t.Path, t.Name, t.Description, t.Icon, t.Categories, t.FilePatterns)
	}
	for _, w := range p.Workflows {
		fmt.Fprintf(&b, "%s\n", w.Path)
		if c := w.On.Call; c != nil {
			fmt.Fprintf(&b, "  secrets: %s\n", strings.Join(c.Secrets, " "))
		}
		if push := w.On.Push; push != nil {
			fmt.Fprintf(&b, "  push: %v %v\n", push.Branches, push.Paths)
		}
		if len(w.On.Issues)+len(w.On.Schedule)+len(w.On.RepositoryDispatch) > 0 {
			fmt.Fprintf(&b, "  issues: %v schedule: %q repository_dispatch: %v\n", w.On.Issues, w.On.Schedule, w.On.RepositoryDispatch)
		}
		if d := w.On.Dispatch; d != nil {
			for _, in := range d.Inputs {
				fmt.Fprintf(&b, "  dispatch %s: %s %v\n", in.Name, in.Type, in.Options)
			}
		}
		for _, j := range w.Jobs {
			dumpJob(&b, j)
		}
	}
	return b.String()
}

func dumpJob(b *strings.Builder, j plan.Job) {
	fmt.Fprintf(b, "  %s needs %v\n", j.ID, j.Needs)
	if j.If != nil {
		fmt.Fprintf(b, "    if %s\n", expr.Print(j.If))
	}
	for _, f := range j.Permissions {
		fmt.Fprintf(b, "    token may %s: %s\n", f.Name, f.Text)
	}
	if j.Call != nil {
		for _, f := range j.Call.With {
			if f.Expr == nil {
				fmt.Fprintf(b, "    %s: %s\n", f.Name, f.Text)
			} else if strings.Contains(expr.Print(f.Expr), "__") {
				fmt.Fprintf(b, "    %s: %s\n", f.Name, expr.Print(f.Expr))
			}
		}
		fmt.Fprintf(b, "    uses %s %s with %s\n", j.Call.Uses.Value, j.Call.Uses.Version, strings.Join(j.Call.Secrets, " "))
		return
	}
	fmt.Fprintf(b, "    on %s for %d minutes\n", strings.Join(j.Run.RunsOn, " "), j.Run.TimeoutMinutes)
	dumpLegs(b, j)
	for _, s := range j.Run.Steps {
		what := s.Uses.Value + " " + s.Uses.Version
		if s.Script != "" {
			lines := strings.Split(strings.TrimSpace(s.Script), "\n")
			what = lines[len(lines)-1]
		}
		fmt.Fprintf(b, "    - %s: %s\n", s.Name, strings.TrimSpace(what))
	}
}

// dumpLegs prints the legs of a job, and what they have of their own.
func dumpLegs(b *strings.Builder, j plan.Job) {
	for _, leg := range j.Run.Legs {
		b.WriteString("    leg")
		for _, f := range leg {
			fmt.Fprintf(b, " %s=%s", f.Name, f.Text)
		}
		b.WriteString("\n")
	}
	var own []plan.Field
	if c := j.Run.Concurrency; c != nil && j.Run.Legs != nil {
		own = append(own, plan.Field{Name: "concurrency", Expr: c.Group})
	}
	for _, s := range j.Run.Steps {
		own = slices.Concat(own, s.Env)
	}
	for _, f := range slices.Concat(own, j.Run.Env, j.Run.Outputs) {
		if f.Expr != nil && (strings.Contains(expr.Print(f.Expr), "matrix.") || strings.HasSuffix(expr.Print(f.Expr), "_0")) {
			fmt.Fprintf(b, "    %s: %s\n", f.Name, expr.Print(f.Expr))
		}
	}
}

// TestBuildIsDeterministic: the same set gives the same plan.
func TestBuildIsDeterministic(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/stages.txtar")
	if err != nil {
		t.Fatal(err)
	}
	first := dump(build(t, archive))
	for range 20 {
		if again := dump(build(t, archive)); again != first {
			t.Fatalf("got\n%s\nthen\n%s", first, again)
		}
	}
}
