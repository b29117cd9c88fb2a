package validate

import (
	"fmt"
	"strings"

	"github.com/task-assistant/tasc/internal/spec"
)

// placeholders are what GitHub replaces when a workflow template is used (github.com/actions/starter-workflows, Variables).
var placeholders = []string{"$default-branch", "$protected-branches", "$cron-daily"}

// templatePlaceholder looks at every text that a host stub is made of: it is a workflow template too.
func templatePlaceholder(p *pass) {
	for _, pl := range p.set.Platforms {
		texts := []spec.String{pl.Title, pl.EngineRef}
		for _, r := range pl.Routes {
			if r.Push != nil {
				texts = append(texts, r.Push.Paths...)
			}
		}
		for _, e := range p.enginesOf(pl) {
			texts = append(texts, e.Summary)
			for _, in := range e.Inputs {
				texts = append(append(texts, in.Description), in.Options...)
			}
		}
		for _, t := range texts {
			p.placeholder(t)
		}
	}
}

func (p *pass) placeholder(t spec.String) {
	for _, word := range placeholders {
		if strings.Contains(t.Value, word) {
			p.report(finding{pos: t.Pos, message: fmt.Sprintf("the text holds %s, which GitHub replaces in workflow templates", q(word)),
				expected: "a text that stays as it is wherever the stub goes", fix: "use other words"})
		}
	}
}
