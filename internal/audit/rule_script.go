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
			moved = append(moved, e)
		}
		p.indirect(s, moved)
	}
}

// read reads a step's script, with every ${{ }} as a variable of the same length; nil where it is no
// script for bash or does not parse.
func (p *pass) read(s *step) *script.Facts {
	if s.run == nil || !anyOf(p.shell(s), "bash", "sh") {
		return nil
	}
	facts, err := script.Read(masked(s.run.Value), script.Environment{})
	if err != nil {
		return nil
	}
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
		facts := p.read(s)
		if facts == nil {
			continue
		}
		for _, o := range facts.Opaque {
			if strings.Contains(o.What, "a download") {
				p.report(p.posIn(s.run, o.Offset), finding{"the script runs what it downloads: " + o.What,
					"a file whose digest is checked before it runs, or an action at a commit", "download to a file, compare its sha256 with one in the script, then run it"})
			}
		}
	}
}
