// Command compare holds tasc audit beside two other judges of workflow files, on those judges' own test data, and
// prints for every rule that can be compared how often both find something in a file, only one does, or none:
//
//	compare -zizmor DIR -hazmat DIR
//
// The first DIR is a checkout of github.com/zizmorcore/zizmor, whose expected results stand in its tests, so that it
// need not be built; the second one of github.com/woodruffw/gha-hazmat at the commit that one of these tests
// names, a collection of bad workflows. Actionlint's test data come with its module, and it runs as a library. Every disagreement has a
// class (classes.go) that says why; one that has none ends the program with code 1. Nothing of the two
// projects is copied into this one.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

func main() {
	dir := flag.String("actionlint", "", "folder of actionlint's sources; without it, that of the module which is built in")
	zizmor := flag.String("zizmor", "", "folder of a checkout of zizmor; without it, actionlint alone is compared")
	hazmat := flag.String("hazmat", "", "with -zizmor: folder of a checkout of gha-hazmat")
	verbose := flag.Bool("v", false, "print every disagreement")
	flag.Parse()
	if err := run(os.Stdout, peers{*dir, *zizmor, *hazmat}, *verbose); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

// peers are the folders of what audit is compared with.
type peers struct{ actionlint, zizmor, hazmat string }

func run(w io.Writer, dirs peers, verbose bool) error {
	if dirs.actionlint == "" {
		out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/rhysd/actionlint").Output()
		if dirs.actionlint = string(bytes.TrimSpace(out)); err != nil || dirs.actionlint == "" {
			return errors.New("the module of actionlint is not here; run: go mod download github.com/rhysd/actionlint")
		}
	}
	cases, err := actionlintCases(dirs.actionlint)
	if err != nil {
		return err
	}
	unexplained := table{peer: "actionlint", of: "actionlint's test data", pairs: actionlintPairs, classes: actionlintClasses, verbose: verbose}.print(w, cases)
	if dirs.zizmor != "" {
		cases, err := zizmorCases(dirs.zizmor)
		if err != nil {
			return err
		}
		unexplained += table{peer: "zizmor", of: "zizmor's test data", pairs: zizmorPairs, classes: zizmorClasses, verbose: verbose}.print(w, cases)
	}
	if dirs.hazmat != "" {
		cases, err := hazmatCases(dirs.zizmor, dirs.hazmat)
		if err != nil {
			return err
		}
		unexplained += table{peer: "zizmor", of: "gha-hazmat", pairs: zizmorPairs, classes: zizmorClasses, verbose: verbose}.print(w, cases)
	}
	if unexplained > 0 {
		return fmt.Errorf("%d disagreements have no class", unexplained)
	}
	return nil
}

// finding is what a judge says of a line of a file.
type finding struct {
	rule, message string
	line          int
}

// verdict is what both judges say of one file.
type verdict struct {
	name         string
	data         []byte
	ours, theirs []finding
	// hidden is how many findings the other judge keeps back in the run that its test makes.
	hidden int
}

// pair is a rule of the other judge, or several, and those of ours that ask for the same.
type pair struct {
	what         string
	theirs, ours []string
	// message narrows theirs to those that have it, "" to none.
	message string
}

func (p pair) ofTheirs(f finding) bool {
	return contains(p.theirs, f.rule) && strings.Contains(f.message, p.message)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
