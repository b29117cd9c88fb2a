package load

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/errors"
	cuemodule "cuelang.org/go/mod/module"
)

// Check returns what the schema has against a text as the value of one field,
// "" where it has nothing. field is a definition and a path in it: App.slug.
func Check(field, value string) string {
	def, rest, _ := strings.Cut(field, ".")
	ctx := newContext()
	schema := ctx.BuildInstance((&loader{ctx: build.NewContext()}).schema())
	at := cue.ParsePath(rest)
	v := schema.LookupPath(cue.ParsePath("#"+def)).FillPath(at, value).LookupPath(at)
	if !v.Exists() {
		panic("the schema has no field " + field)
	}
	for _, e := range errors.Errors(v.Validate(cue.Concrete(true))) {
		format, args := e.Msg()
		return shorten(fmt.Sprintf(format, args...))
	}
	return ""
}

// IsModule reports whether CUE takes a text as the name of a module, with its major version.
func IsModule(path string) bool { return cuemodule.CheckPath(path) == nil }
