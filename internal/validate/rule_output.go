package validate

import (
	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/layout"
)

func outputFolder(p *pass) {
	for _, problem := range layout.Problems(layout.Root, p.set.Dir, p.set.Platforms) {
		f := finding{pos: problem.Pos, message: problem.Message, expected: "a folder of the project that holds nothing else; \".\" for one platform tree", fix: "name another folder"}
		if problem.Other.IsValid() {
			f.notes = []diag.Note{{Pos: problem.Other, Message: "it is named here"}}
		}
		p.report(f)
	}
}
