package audit

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// permissionsMissing reports once per file: what is missing is one line at the top.
func permissionsMissing(p *pass) {
	if key, _ := get(p.root, "permissions"); p.action || key != nil {
		return
	}
	var without []string
	var first *yaml.Node
	for _, j := range p.jobs {
		if key, _ := get(j.node, "permissions"); key == nil {
			without = append(without, q(j.id))
			if first == nil {
				first = j.key
			}
		}
	}
	if first == nil {
		return
	}
	const most = 3
	names := strings.Join(without[:min(most, len(without))], ", ")
	if more := len(without) - most; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	decides := "the settings of the repository decide"
	if p.calls("workflow_call") && len(p.events) == 1 {
		decides = "it may all that the caller's token may"
	}
	p.reportAt(first, finding{
		"neither the workflow nor the job says what the token may do, so " + decides + ": " + names,
		"permissions: {} at the top, and at each job what it needs", "add both"})
}

func permissionsBroad(p *pass) {
	if p.action {
		return
	}
	_, top := get(p.root, "permissions")
	p.everything(top)
	for _, j := range p.jobs {
		_, own := get(j.node, "permissions")
		p.everything(own)
	}
	if len(p.jobs) < 2 {
		return
	}
	for _, f := range fields(top) {
		if text(f.value) == "write" {
			p.reportAt(f.key, finding{fmt.Sprintf("%s: write at the top is for each of %d jobs", f.key.Value, len(p.jobs)), "write permissions at the job that needs them", "move it there"})
		}
	}
}

// everything reports write-all and read-all.
func (p *pass) everything(n *yaml.Node) {
	if s := text(n); s == "write-all" || s == "read-all" {
		p.reportAt(n, finding{"permissions: " + s + " names nothing, and so grants everything", "the permissions that the job needs, by name", "name them"})
	}
}

func secretsInherit(p *pass) {
	for _, j := range p.jobs {
		if _, n := get(j.node, "secrets"); j.uses != nil && text(n) == "inherit" {
			p.reportAt(n, finding{fmt.Sprintf("the job %s hands every secret to %s", q(j.id), q(text(j.uses))), "the secrets that it declares, by name", "write each as NAME: ${{ secrets.NAME }}"})
		}
	}
}

func checkoutCredentials(p *pass) {
	for _, s := range p.steps() {
		if !s.checkout() {
			continue
		}
		switch n := s.input("persist-credentials"); {
		case n == nil:
			p.reportAt(s.uses, finding{"this checkout leaves the token on the disk, where every later step and artifact finds it", "with: persist-credentials: false", "add it; a step that pushes takes the token from env"})
		case !strings.EqualFold(text(n), "false"):
			p.reportAt(n, finding{fmt.Sprintf("this checkout leaves the token on the disk: persist-credentials is %s", q(text(n))), "persist-credentials: false", "a step that pushes takes the token from env"})
		}
	}
}
