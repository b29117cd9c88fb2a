package validate

import (
	"fmt"
	"slices"
)

// scriptRules are the rules that can be waived: they are defence in depth. All others state what must hold.
var scriptRules = []string{"script-opaque", "script-pull-request", "script-push", "script-syntax", "script-target-code", "script-telemetry", "script-workflow"}

// waiver judges the waivers after the script rules have used them.
func waiver(p *pass) {
	for _, e := range p.set.Engines {
		for i := range e.Waive {
			w := &e.Waive[i]
			f := finding{pos: w.Rule.Pos}
			switch {
			case !slices.Contains(scriptRules, w.Rule.Value):
				f.message = fmt.Sprintf("engine %s waives %s, which is no script rule", q(e.Name.Value), q(w.Rule.Value))
				f.expected, f.fix = "one of "+list(scriptRules), suggest(w.Rule.Value, scriptRules)
			case w.Until.Value < p.today:
				f.pos = w.Until.Pos
				f.message = fmt.Sprintf("the waiver of %s in engine %s has run out", w.Rule.Value, q(e.Name.Value))
				f.expected, f.fix = "a day that is not past", "mend the script, or look at it again and set a new day"
			case !p.used[w]:
				f.message = fmt.Sprintf("engine %s waives %s and has no finding of it", q(e.Name.Value), w.Rule.Value)
				f.expected, f.fix = "a waiver that silences something", "remove it"
			default:
				continue
			}
			p.report(f)
		}
	}
}
