package verify_test

import (
	"regexp"
	"strings"
)

// A textOperator changes the text of one workflow below its header, as no encoder would write it.
type textOperator struct {
	name, rule string
	// change returns the bodies that it makes of one, each with one place changed.
	change func(body string) []string
}

// at replaces each match of a pattern on its own; the replacement may name the pattern's groups.
func at(pattern, replacement string) func(string) []string {
	re := regexp.MustCompile(`(?m)` + pattern)
	return func(body string) []string {
		var out []string
		for _, m := range re.FindAllStringSubmatchIndex(body, -1) {
			text := string(re.ExpandString(nil, replacement, body, m))
			out = append(out, body[:m[0]]+text+body[m[1]:])
		}
		return out
	}
}

// whole replaces the body.
func whole(change func(body string) string) func(string) []string {
	return func(body string) []string { return []string{change(body)} }
}

const plainValue = `: ([a-z][^\n'"|>{\[]*)$` // a value without quotes, to the end of its line

var textOperators = []textOperator{
	{"a second document", "verify-yaml", whole(func(b string) string { return b + "---\njobs: {}\n" })},
	{"a document before it", "verify-yaml", whole(func(b string) string { return "name: x\n---\n" + b })},
	{"the end of the document, and more", "verify-yaml", at(`^jobs:$`, "...\njobs:")},
	{"text behind the document", "verify-yaml", whole(func(b string) string { return "{name: x} " + b })},
	{"a second document without a mark", "verify-yaml", whole(func(b string) string { return "{name: x}\n" + b })},
	{"a directive", "verify-yaml", whole(func(b string) string { return "%YAML 1.1\n---\n" + b })},
	{"tags of its own", "verify-yaml", whole(func(b string) string { return "%TAG ! tag:evil.example,2026:\n---\n" + b })},
	{"a byte order mark", "verify-yaml", whole(func(b string) string { return "\ufeff" + b })},
	{"a byte order mark further on", "verify-yaml", at(`^jobs:$`, "\ufeffjobs:")},
	{"other ends of lines", "verify-yaml", whole(func(b string) string { return strings.ReplaceAll(b, "\n", "\r\n") })},
	{"a line that ends in another way", "verify-yaml", at(`^( +)shell: bash$`, "${1}shell: bash # \u2028${1}# x")},
	{"a key behind the end of a comment", "verify-yaml", at(`^( +)timeout-minutes: `, "${1}# text\u0085${1}environment: prod\n${1}timeout-minutes: ")},
	{"a control character", "verify-yaml", at(`^( +- name: .*)$`, "$1\x07")},
	{"no UTF-8", "verify-yaml", at(`^( +- name: .*)$`, "$1\xff")},
	{"a direction that turns in a comment", "verify-yaml", at(`# (v\d)`, "# \u202e$1")},
	{"a character without width in a comment", "verify-yaml", at(`# (v\d)`, "# $1\u200b")},
	{"a character without width in a name", "verify-yaml", at(`^( *(?:- )?name`+plainValue+`)`, "$1\u200b")},
	{"a character without width in a key", "verify-yaml", at(`^( +)(uses|run|if|secrets|permissions|with|env):`, "$1$2\u200b:")},
	{"a character without width in an expression", "verify-yaml", at(`\$\{\{ (\w)`, "$${{ $1\u2060")},
	{"a character without width in a ref", "verify-yaml", at(`@([0-9a-f]{20})([0-9a-f]{20})`, "@$1\u200b$2")},
	{"a character without width in a label", "verify-yaml", at(`runs-on: (\w)`, "runs-on: $1\u200b")},
	{"a character without width in a script", "verify-yaml", at(`set -euo pipefail`, "set -euo\u200b pipefail")},
	{"a homoglyph in a name", "verify-closed", at(`^( *(?:- )?name: .*?)[aeo]`, "${1}\u0430")},
	{"a homoglyph in an expression", "verify-expression", at(`\$\{\{ ([!(]?)(needs|inputs|secrets|steps|github)\.`, "$${{ ${1}\u0455$2.")},
	{"a homoglyph in a literal", "verify-closed", at(`== '([^']*)[aeocs]`, "== '$1\u0441")},
	{"a homoglyph in what is used", "verify-closed", at(`uses: (\S*?)[aeo]`, "uses: $1\u043e")},
	{"a homoglyph in a label", "verify-closed", at(`runs-on: (\S*?)[ueo]`, "runs-on: $1\u0435")},
	{"a homoglyph in a secret's name", "verify-expression", at(`^( +)([A-Z_]*)A([A-Z_]*): \$\{\{ secrets\.(\w+) \}\}$`, "$1$2$3: $${{ secrets.${4}Х }}")},
	{"a homoglyph in a key", "verify-yaml", at(`^( +)us([e])s: `, "${1}us\u0435s: ")},
	{"a space that is none", "verify-closed", at(`^( +- name: \S+) `, "$1\u00a0")},
	{"no YAML", "verify-yaml", at(`^jobs:$`, "jobs: [")},
	{"a tab for indentation", "verify-yaml", at(`^    (\w[\w-]*:)`, "\t$1")},
	{"a list in place of the workflow", "verify-yaml", whole(func(b string) string { return "- name: x\n- on: push\n" })},
	{"no workflow at all", "verify-yaml", whole(func(string) string { return "# nothing\n" })},
	{"nothing", "verify-yaml", whole(func(string) string { return "" })},
	{"a tag", "verify-yaml", at(`^( +(?:- )?(?:name|uses|runs-on|shell): )(\w)`, "$1!!str $2")},
	{"a tag of no kind", "verify-yaml", at(`^( +(?:- )?(?:name|uses|runs-on|shell): )(\w)`, "$1! $2")},
	{"a tag of no kind for a key", "verify-yaml", at(`^( +)(uses|run|if|needs|permissions): `, "$1! $2: ")},
	{"a tag of no kind for a mapping", "verify-yaml", at(`^( +)(with|env|steps|jobs):$`, "$1$2: !")},
	{"a tag of no kind behind other letters", "verify-yaml", at(`needs: \[(\w+)`, "needs: [\"\u00e9\", ! $1")},
	{"a tag that hides what is there", "verify-yaml", at(`^( +)run: \|$`, "${1}run: !!binary |")},
	{"a tag of a mapping", "verify-yaml", at(`^( +)(with|env|steps|jobs):$`, "$1$2: !x")},
	{"a tag of a key", "verify-yaml", at(`^( +)(uses|run|if|needs|permissions): `, "$1!!str $2: ")},
	{"an anchor and its alias", "verify-yaml", at(`^( +)permissions: \{\}$`, "${1}permissions: &none {}\n${1}env: *none")},
	{"an anchor of a value", "verify-yaml", at(`^( +(?:- )?(?:name|uses|runs-on|shell): )(\w)`, "$1&a $2")},
	{"an anchor of a key", "verify-yaml", at(`^( +)(uses|run|if|needs|permissions): `, "$1&a $2: ")},
	{"a merge key", "verify-yaml", at(`^( +)permissions: \{\}$`, "${1}permissions: {}\n${1}<<: {environment: prod}")},
	{"a merge key of a job", "verify-yaml", at(`^  ([a-z][\w-]*):$`, "  $1:\n    <<: {environment: prod}")},
	{"a key that is a mapping", "verify-yaml", at(`^( +)permissions: \{\}$`, "${1}permissions: {}\n${1}? {a: b}\n${1}: c")},
	{"a key that is empty", "verify-yaml", at(`^( +)permissions: \{\}$`, "${1}permissions: {}\n${1}'': c")},
	{"a key with a space", "verify-yaml", at(`^( +)(uses|run|if|needs|permissions): `, "$1'$2 ': ")},
	{"a key twice", "verify-yaml", at(`^( +)(uses|if|needs|permissions|timeout-minutes|shell|runs-on|concurrency|outputs)(: ?.*)$`, "$1$2$3\n$1$2: x")},
	{"a key twice in other quotes", "verify-yaml", at(`^( +)(permissions|timeout-minutes|shell|runs-on)(: .*)$`, "$1$2$3\n$1\"$2\": x")},
	{"a key twice by its number", "verify-yaml", at(`^( +)(permissions|timeout-minutes|shell|runs-on)(: .*)$`, "$1$2$3\n$1\"\\x"+`${2}`+"\": x")},
	{"a key in capitals", "verify-closed", at(`^( +)(uses|if|needs|permissions|timeout-minutes|shell|runs-on|concurrency)(: .*)$`, "$1${2}X$3")},
	{"the word true for on", "verify-closed", at(`^on:`, "true:")},
	{"on in capitals", "verify-closed", at(`^on:`, "ON:")},
	{"yes for true", "verify-closed", at(`: true$`, ": yes")},
	{"no for false", "verify-closed", at(`: false$`, ": no")},
	{"a text for true", "verify-closed", at(`: true$`, ": 'true'")},
	{"a number in base eight", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: 0o$1")},
	{"a number in base eight, as it once was", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: 0$1")},
	{"a number in base sixteen", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: 0x$1")},
	{"a number with a point", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: $1.5")},
	{"a number with zeros", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: ${1}e1")},
	{"a number as text", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: '$1'")},
	{"a longer time", "verify-closed", at(`timeout-minutes: (\d+)$`, "timeout-minutes: ${1}0")},
	{"nothing for {}", "verify-permission", at(`permissions: \{\}$`, "permissions:")},
	{"an empty list for {}", "verify-permission", at(`permissions: \{\}$`, "permissions: []")},
	{"all rights to read", "verify-permission", at(`permissions: \{\}$`, "permissions: read-all")},
	{"all rights", "verify-permission", at(`permissions: \{\}$`, "permissions: write-all")},
	{"a script without its last end of line", "verify-closed", at(`run: \|$`, "run: |-")},
	{"a script with folded lines", "verify-closed", at(`run: \|(\n +set -euo pipefail)$`, "run: >$1")},
	{"a space behind a line of a script", "verify-closed", at(`^( +)set -euo pipefail$`, "${1}set -euo pipefail ")},
	{"a line of a script that goes on", "verify-closed", at(`^( +)set -euo pipefail$`, "${1}set -euo pipefail \\")},
	{"an empty line in a script", "verify-closed", at(`^( +)set -euo pipefail$`, "${1}set -euo pipefail\n")},
	{"a comment in a script", "verify-closed", at(`^( +)set -euo pipefail$`, "${1}set -euo pipefail\n${1}# text")},
	{"a script that goes on after an error", "verify-script", at(`set -euo pipefail`, "set -uo pipefail")},
	{"a script that goes on without a variable", "verify-script", at(`set -euo pipefail`, "set -eo pipefail")},
	{"a script that goes on in a pipe", "verify-script", at(`set -euo pipefail`, "set -eu")},
	{"an expression in a script", "verify-script", at(`^( +)set -euo pipefail$`, "${1}set -euo pipefail\n${1}echo '$${{ github.event.issue.title }}'")},
	{"half an expression in a script", "verify-script", at(`^( +)set -euo pipefail$`, "${1}set -euo pipefail\n${1}echo '$${{'")},
}

// headerOperators change a workflow with its header.
var headerOperators = []textOperator{
	{"a header's digest", "verify-header", at(`below: `, "below: 0")},
	{"a header's text", "verify-header", at(`# Generated by tasc\.`, "# Written by hand.")},
	{"a header that says to edit", "verify-header", at(`Do not edit`, "Do edit")},
	{"a word before the digest", "verify-header", at(`^# sha256 of all below: `, "# sha256 of all below: not ")},
	{"a word behind the digest", "verify-header", at(`\A(#.*\n#.*)`, "$1 x")},
	{"a byte order mark above the header", "verify-yaml", at(`\A`, "\ufeff")},
	{"a line above the header", "verify-header", at(`\A`, "# text\n")},
	{"a body under another's digest", "verify-header", whole(func(f string) string { return f + "# text\n" })},
	{"a header without its digest", "verify-header", at(`\A(#.*\n)#.*\n`, "$1")},
	{"no header", "verify-header", at(`\A#.*\n#.*\n`, "")},
	{"a file of two lines", "verify-header", at(`(?s)\A(#.*?\n#.*?\n).*`, "$1")},
}
