// Command check reads exchanges, one JSON object a line, and answers each with a line: the JSON list of what is wrong.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/task-assistant/tasc/internal/openapi"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "check:", err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	checker, err := openapi.New()
	if err != nil {
		return err
	}
	lines, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	for {
		var e openapi.Exchange
		if err := lines.Decode(&e); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := answers.Encode(append([]string{}, checker.Check(e)...)); err != nil {
			return err
		}
	}
}
