package audit

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/script"
)

// code is a scalar that is run: a step's script, or that of actions/github-script.
func (s *step) code() *yaml.Node {
	if s.run == nil && s.isA("actions/github-script") {
		if n := s.input("script"); n != nil && n.Kind == yaml.ScalarNode {
			return n
		}
	}
	return s.run
}

// maxInjections are reported of one script: finding the place of each takes as long as the script is.
const maxInjections = 100

func injection(p *pass) {
	for _, s := range p.steps() {
		n := s.code()
		var moved []expression
		for _, e := range expressions(text(n)) {
			if len(p.taints(s, e)) == 0 {
				continue
			}
			where, fix := "script", "hand it over in env, and read the variable in the script"
			if s.run == nil {
				where, fix = "code of github-script", "hand it over in env, and read process.env in the code"
			}
			p.report(p.posIn(n, e.start), finding{
				fmt.Sprintf("the %s takes %s as code, and others write it", where, q(e.text)),
				"the text in a variable, which no shell reads as code", fix})
			if moved = append(moved, e); len(moved) == maxInjections {
				break
			}
		}
		p.indirect(s, moved)
	}
}

// readScript reads a step's script, with every ${{ }} as a variable of the same length. It does nothing that
// can be told where it is a script for another shell, or does not parse.
func (d *document) readScript(s *step) *script.Facts {
	if s.run == nil || !anyOf(s.shell, "bash", "sh", "") {
		return &script.Facts{}
	}
	if known := d.scripts[s.run.Value]; known != nil {
		return known
	}
	facts, err := script.Read(masked(s.run.Value), script.Environment{})
	if err != nil {
		facts = &script.Facts{}
	}
	d.scripts[s.run.Value] = facts
	return facts
}

// masked writes ${__INPUTS_A__} for ${{ inputs.a }}: places stay, and the name still tells what it was.
func masked(s string) string {
	out := []byte(s)
	for _, e := range expressions(s) {
		for i := e.start + 2; i < e.end-1; i++ {
			switch c := out[i]; {
			case c >= 'a' && c <= 'z':
				out[i] = c - 'a' + 'A'
			case !isDigit(c) && (c < 'A' || c > 'Z'):
				out[i] = '_'
			}
		}
	}
	return string(out)
}

// download looks for code that comes over the network into a shell: the reader of scripts calls it so.
func download(p *pass) {
	for _, s := range p.steps() {
		for _, o := range s.facts.Opaque {
			if strings.Contains(o.What, "a download") {
				p.report(p.posIn(s.run, o.Offset), finding{"the script runs what it downloads: " + o.What,
					"a file whose digest is checked before it runs, or an action at a commit", "download to a file, compare its sha256 with one in the script, then run it"})
			}
		}
	}
}
