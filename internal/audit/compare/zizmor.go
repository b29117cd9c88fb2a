package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// zizmor's tests compare what it prints for an input with a text that stands beside them. These patterns read a test: its input,
// its options, and the findings and counts of the text.
var (
	snapshotRE = regexp.MustCompile(`(?s)insta::assert_snapshot!\((.*?)\n    \);`)
	inputRE    = regexp.MustCompile(`input_under_test\(\s*"([^"]+)"`)
	otherRE    = regexp.MustCompile(`\.(config|no_config|working_dir|gh_token|offline|output|stdin|setenv)\(|--fix|--format|--min-|--collect|--strict`)
	foundRE    = regexp.MustCompile(`(?m)^\s*(?:error|warning|help|info)\[([a-z-]+)\]: (.*)\n\s*--> @@INPUT@@:(\d+):\d+`)
	hiddenRE   = regexp.MustCompile(`\([^)]*?(\d+) (suppressed|ignored)`)
)

// personas are how much zizmor shows, the most first.
var personas = []string{"auditor", "pedantic", ""}

// zizmorCases reads its tests. Of several for one input the one that shows most counts.
func zizmorCases(dir string) ([]verdict, error) {
	tests := filepath.Join(dir, "crates", "zizmor", "tests", "integration")
	sources, err := filepath.Glob(filepath.Join(tests, "audit", "*.rs"))
	if err == nil && len(sources) == 0 {
		err = fmt.Errorf("%s has no tests", tests)
	}
	if err != nil {
		return nil, err
	}
	best, most := map[string]string{}, map[string]int{}
	for _, source := range sources {
		data, err := os.ReadFile(source)
		if err != nil {
			return nil, err
		}
		for _, m := range snapshotRE.FindAllStringSubmatch(string(data), -1) {
			inputs := inputRE.FindAllStringSubmatch(m[1], -1)
			before, _, ok := strings.Cut(m[1], "@")
			if len(inputs) != 1 || !ok || otherRE.MatchString(before) {
				continue
			}
			name, shows := inputs[0][1], slices.IndexFunc(personas, func(p string) bool { return strings.Contains(before, p) })
			if known, ok := most[name]; !ok || shows < known {
				most[name], best[name] = shows, m[1]
			}
		}
	}
	var names []string
	for name := range best {
		names = append(names, name)
	}
	slices.Sort(names)
	var out []verdict
	for _, name := range names {
		if v, ok := zizmorCase(filepath.Join(tests, "test-data"), name, best[name]); ok {
			out = append(out, v)
		}
	}
	return out, nil
}

// zizmorCase is false for an input that is a folder, or no workflow and no action.
func zizmorCase(dir, name, test string) (verdict, bool) {
	data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil || !strings.HasSuffix(name, ".yml") && !strings.HasSuffix(name, ".yaml") || strings.Contains(name, "dependabot") || strings.Contains(name, "pre-commit") {
		return verdict{}, false
	}
	v := verdict{name: name, data: data, ours: judge(name, data)}
	for _, m := range foundRE.FindAllStringSubmatch(test, -1) {
		n, _ := strconv.Atoi(m[3])
		v.theirs = append(v.theirs, finding{m[1], m[2], n})
	}
	for _, m := range hiddenRE.FindAllStringSubmatch(test, -1) {
		n, _ := strconv.Atoi(m[1])
		v.hidden += n
	}
	return v, true
}

// The record of a run: the files that were judged, and where findings are.
var (
	completedRE = regexp.MustCompile(`(?m)completed (\S+\.ya?ml)$`)
	recordedRE  = regexp.MustCompile(`(?m)^(?:error|warning|help|info)\[([a-z-]+)\]: (.*)\n\s*--> (\S+?):(\d+):\d+`)
)

// hazmatCases reads zizmor's record of a run, with its usual settings, over a repository of bad workflows.
func hazmatCases(zizmor, hazmat string) ([]verdict, error) {
	record, err := os.ReadFile(filepath.Join(zizmor, "crates", "zizmor", "tests", "integration", "snapshots", "integration__e2e__gha_hazmat.snap"))
	if err != nil {
		return nil, err
	}
	var out []verdict
	for _, m := range completedRE.FindAllStringSubmatch(string(record), -1) {
		data, err := os.ReadFile(filepath.Join(hazmat, filepath.FromSlash(m[1])))
		if err != nil {
			return nil, err
		}
		out = append(out, verdict{name: m[1], data: data, ours: judge(m[1], data)})
	}
	for _, m := range recordedRE.FindAllStringSubmatch(string(record), -1) {
		i := slices.IndexFunc(out, func(v verdict) bool { return v.name == m[3] })
		if i < 0 {
			return nil, fmt.Errorf("the record has a finding in %s, which was not judged", m[3])
		}
		n, _ := strconv.Atoi(m[4])
		out[i].theirs = append(out[i].theirs, finding{m[1], m[2], n})
	}
	return out, nil
}
