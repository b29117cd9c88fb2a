package load

import (
	"testing"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/spec"
)

// TestLoad_Result: a result of a step is told from texts and literals, with its place, also where it comes by reference.
func TestLoad_Result(t *testing.T) {
	fsys := edited(t, "engines/validate.cue", `with: {"node-version": 22, cache: true, depth: 2, path: "x"}`, `id: "node", with: {"node-version": output: "node.v-1", cache: true, path: "a.b"}`)
	fsys["engines/validate.cue"].Data = append(fsys["engines/validate.cue"].Data, []byte("#v: output: \"node.v_2\"\nengines: validate: steps: [_, {env: V: #v}]\n")...)
	set, found := load(t, fsys)
	if len(found) > 0 {
		t.Fatal(text(found))
	}
	e, _ := set.Engine("validate")
	if got := e.Steps[0].ID; got != (spec.String{Value: "node", Pos: diag.Pos{File: "engines/validate.cue", Line: 15, Column: 7}}) || e.Steps[1].ID.Pos.IsValid() {
		t.Errorf("ids %+v and %+v", got, e.Steps[1].ID)
	}
	with, env := e.Steps[0].With, e.Steps[1].Env
	if got := with[0]; got.Key.Value != "node-version" || got.Value != (spec.String{}) || got.Literal || got.Output != (spec.String{Value: "node.v-1", Pos: diag.Pos{File: "engines/validate.cue", Line: 15, Column: 46}}) {
		t.Errorf("a result in with: %+v", got)
	}
	if !with[1].Literal || with[1].Value.Value != "true" || with[2].Literal || with[2].Value.Value != "a.b" || with[1].Output.Pos.IsValid() || with[2].Output.Pos.IsValid() {
		t.Errorf("what is no result: %+v", with[1:])
	}
	if got := env[0]; got.Output != (spec.String{Value: "node.v_2", Pos: diag.Pos{File: "engines/validate.cue", Line: 26, Column: 13}}) {
		t.Errorf("a result in env: %+v", got)
	}
	if id, name := env[0].Result(); id != "node" || name != "v_2" {
		t.Errorf("its parts are %q and %q", id, name)
	}
}
