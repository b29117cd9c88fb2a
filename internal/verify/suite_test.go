package verify_test

import (
	"fmt"
	"maps"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/task-assistant/tasc/internal/diag"
	"github.com/task-assistant/tasc/internal/render"
	"github.com/task-assistant/tasc/internal/verify"
)

// score is what became of the mutants of one operator.
type score struct {
	name, rule      string
	tried, survived int
	// alone is how many no other family of rules objects to: all that a verifier without this one would let through.
	alone int
}

// suite collects what the mutants of one platform showed.
type suite struct {
	sites  []site
	scores []score
	index  map[string]int
	// needed are the sites of the verifier without which a mutant would have survived.
	needed map[site]bool
	// survived counts, so that a verifier that is wrong altogether says so soon.
	survived int
}

// judge notes one mutant, which must be found under the rule that its operator names.
func (s *suite) judge(t *testing.T, name, rule, where string, found []diag.Diagnostic) {
	t.Helper()
	i, known := s.index[name]
	if !known {
		i, s.index[name] = len(s.scores), len(s.scores)
		s.scores = append(s.scores, score{name: name, rule: rule})
	}
	s.scores[i].tried++
	var by []site
	others := false
	for _, d := range found {
		others = others || d.Rule != rule
		if d.Rule == rule {
			if at := siteOf(t, s.sites, d); !slices.Contains(by, at) {
				by = append(by, at)
			}
		}
	}
	if len(by) > 0 && !others {
		s.scores[i].alone++
	}
	switch len(by) {
	case 0:
		s.scores[i].survived++
		var got []string
		for _, d := range found {
			got = append(got, d.Rule+": "+d.Message)
		}
		t.Errorf("%s survives in %s: %s is not among %q", name, where, rule, got)
		if s.survived++; s.survived == 20 {
			t.Fatal("and perhaps more")
		}
	case 1:
		s.needed[by[0]] = true
	}
}

// TestJudge: to look at one changed file alone is as good as to look at all.
func TestJudge(t *testing.T) {
	for _, variant := range subjects() {
		p, files := sample(t, variants[variant]...)
		judge := verify.NewJudge(p, files)
		for n, f := range files {
			if !isWorkflow(f.Path) {
				if changed := eachFile(f.Path, data(func(s string) string { return s + "\n" }))(files)[0]; n%20 == 0 {
					same(t, variant+" "+f.Path, judge.Trees(changed), verify.Files(p, changed))
				}
				continue
			}
			in, done := subject{variant, f.Path, decoded(t, f), 1}, 0
			for _, op := range operators {
				op.mutants(t, in, func(body []byte) {
					if done++; done%50 != 0 || strings.Contains(op.rule, "template") {
						return
					}
					changed := verify.File{Path: f.Path, Data: render.WithHeader(body)}
					all := verify.Files(p, relisted(eachFile(f.Path, func(verify.File) []verify.File { return []verify.File{changed} })(files)[0]))
					all = slices.DeleteFunc(all, func(d diag.Diagnostic) bool { return d.File != f.Path }) // the manifest counts actions and events
					same(t, variant+" "+op.name, judge.Workflow(changed), all)
				})
			}
		}
	}
}

func same(t *testing.T, where string, got, want []diag.Diagnostic) {
	t.Helper()
	got = slices.DeleteFunc(got, func(d diag.Diagnostic) bool { return d.Rule == "verify-template" }) // told of another file
	want = slices.DeleteFunc(want, func(d diag.Diagnostic) bool { return d.Rule == "verify-template" })
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %v, want %v", where, got, want)
	}
}

// subjects are the platforms whose files are changed, one of each kind, by name.
func subjects() []string {
	var names []string
	for name := range variants {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// TestMutants applies every operator at every place that it fits; the verifier must object with the operator's rule.
// Then it asks the other way round: is there a line of the verifier that could be left out, and no mutant would notice.
func TestMutants(t *testing.T) {
	sites := reportSites(t)
	all, ran := suite{sites: sites, needed: map[site]bool{}, index: map[string]int{}}, 0
	t.Run("platforms", func(t *testing.T) {
		results := make([]suite, len(subjects()))
		for i, variant := range subjects() {
			t.Run(variant, func(t *testing.T) {
				ran++
				t.Parallel()
				results[i] = mutate(t, sites, variant)
			})
		}
		t.Cleanup(func() {
			for _, r := range results {
				all.add(r)
			}
		})
	})
	if ran == len(subjects()) { // not only those that -run asked for
		all.report(t)
	}
}

// mutate runs the whole suite on one platform.
func mutate(t *testing.T, sites []site, variant string) suite {
	s := suite{sites: sites, needed: map[site]bool{}, index: map[string]int{}}
	p, files := sample(t, variants[variant]...)
	judge := verify.NewJudge(p, files)
	for _, f := range files {
		if isWorkflow(f.Path) {
			s.mutateWorkflow(t, judge, f, variant)
		}
	}
	for _, op := range filesOperators {
		for _, changed := range few(variant, op.change(files)) {
			s.judge(t, op.name, op.rule, variant, judge.Trees(changed))
		}
	}
	for _, op := range planOperators {
		wrong := p
		op.change(&wrong)
		s.judge(t, op.name, op.rule, variant, verify.Files(wrong, rendered(wrong)))
	}
	return s
}

func (s *suite) mutateWorkflow(t *testing.T, judge *verify.Judge, f verify.File, variant string) {
	try := func(name, rule string, data []byte) {
		s.judge(t, name, rule, variant+" "+f.Path, judge.Workflow(verify.File{Path: f.Path, Data: data}))
	}
	in := subject{variant, f.Path, decoded(t, f), placesOf(variant)}
	for _, op := range operators {
		op.mutants(t, in, func(body []byte) { try(op.name, op.rule, render.WithHeader(body)) })
	}
	for _, op := range headerOperators {
		for _, text := range few(variant, op.change(string(f.Data))) {
			try(op.name, op.rule, []byte(text))
		}
	}
	for _, op := range textOperators {
		for _, body := range few(variant, op.change(bodyOf(f))) {
			try(op.name, op.rule, render.WithHeader([]byte(body)))
		}
	}
}

// placesOf is how many places of one file an operator changes: all of them on the platform that has every kind of
// them, one on the others, whose files are mostly the same. TASC_MUTANTS is another number, for all of them.
func placesOf(variant string) int {
	if n, err := strconv.Atoi(os.Getenv("TASC_MUTANTS")); err == nil {
		return n
	}
	if variant == "marketplace" {
		return math.MaxInt
	}
	return 1
}

// few are the mutants of one text: what is done to its bytes is done alike at every place, so that some will do where
// TASC_MUTANTS does not ask for more.
func few[T any](variant string, mutants []T) []T {
	most := placesOf(variant)
	if os.Getenv("TASC_MUTANTS") == "" {
		most = min(most, 20)
	}
	return mutants[:min(len(mutants), most)]
}

func decoded(t *testing.T, f verify.File) *yaml.Node {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal([]byte(bodyOf(f)), &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Content[0]
}

// add takes the results of another platform up.
func (s *suite) add(other suite) {
	for _, score := range other.scores {
		i, known := s.index[score.name]
		if !known {
			s.index[score.name] = len(s.scores)
			s.scores = append(s.scores, score)
			continue
		}
		s.scores[i].tried += score.tried
		s.scores[i].survived += score.survived
		s.scores[i].alone += score.alone
	}
	for at := range other.needed {
		s.needed[at] = true
	}
}

// operatorNames are all operators, in the order of their tables.
func operatorNames() []string {
	var names []string
	for _, op := range operators {
		names = append(names, op.name)
	}
	for _, op := range slices.Concat(headerOperators, textOperators) {
		names = append(names, op.name)
	}
	for _, op := range filesOperators {
		names = append(names, op.name)
	}
	for _, op := range planOperators {
		names = append(names, op.name)
	}
	return names
}

// report prints the table of mutants, and fails for an operator without any and for what nobody would miss.
func (s *suite) report(t *testing.T) {
	t.Helper()
	var table strings.Builder
	tried, survived := 0, 0
	for _, name := range operatorNames() {
		i, ok := s.index[name]
		if !ok {
			t.Errorf("%s fits nowhere", name)
			continue
		}
		score := s.scores[i]
		fmt.Fprintf(&table, "%6d %4d  %-18s %s\n", score.tried, score.survived, score.rule, score.name)
		tried, survived = tried+score.tried, survived+score.survived
	}
	t.Logf("%d operators, %d mutants of %d platforms, %d survivors\n tried live  rule               operator\n%s", len(s.scores), tried, len(variants), survived, table.String())
	s.families(t)
	if t.Failed() {
		return // what is missing above may be missed below
	}
	for _, at := range s.sites {
		if !s.needed[at] {
			t.Errorf("%s: no mutant would notice if this were not reported: %s %q", at.at, at.rule, at.format)
		}
	}
}

// families prints what a verifier that skips one family of rules would let through: the mutants whose rule it would
// not name, and those of them that it would pass in silence. Every family of the verifier's source has some.
func (s *suite) families(t *testing.T) {
	t.Helper()
	type family struct{ operators, tried, alone int }
	sums := map[string]*family{}
	for _, at := range s.sites {
		if at.rule != "" {
			sums[at.rule] = &family{}
		}
	}
	for _, x := range s.scores {
		if sum := sums[x.rule]; sum == nil {
			t.Errorf("%s names %s, which the verifier never reports", x.name, x.rule)
		} else {
			sum.tried, sum.operators, sum.alone = sum.tried+x.tried, sum.operators+1, sum.alone+x.alone
		}
	}
	var table strings.Builder
	for _, rule := range slices.Sorted(maps.Keys(sums)) {
		sum := sums[rule]
		fmt.Fprintf(&table, "%-18s %4d %6d %6d\n", rule, sum.operators, sum.tried, sum.alone)
		if sum.tried == 0 {
			t.Errorf("nobody would notice a verifier without %s", rule)
		}
	}
	t.Logf("without the family  operators, mutants under another rule or none, in silence\n%s", table.String())
}
