package openapi

import (
	"encoding/json"
	"fmt"
	"strings"
)

// What the description says in words alone, quoted from the operation's own text; New demands that it still says so.
const (
	tarball     = "repos/download-tarball-archive"
	contents    = "repos/get-content"
	quoteNoRef  = "If you omit `:ref`, the repository’s default branch"
	quoteNoPath = "If you omit the `path` parameter, you will receive the contents of the repository's root directory."
	quoteRaw    = "**`application/vnd.github.raw+json`**: Returns the raw file contents"
)

func (c *Checker) checkProse() error {
	for _, want := range [][2]string{{tarball, quoteNoRef}, {contents, quoteNoPath}, {contents, quoteRaw}} {
		for _, op := range c.operations {
			prose, _ := op.Extensions["x-prose"].(string)
			if op.OperationID == want[0] && !strings.Contains(prose, want[1]) {
				return fmt.Errorf("the description of %s does not say any more: %s", want[0], want[1])
			}
		}
	}
	return nil
}

// mayEndEarly reports whether the last parameter of the path may be left out.
func (op operation) mayEndEarly() bool {
	return op.OperationID == tarball || op.OperationID == contents
}

// toldType reports whether the answer has a media type that only the prose has, and the request asked for it.
func (op operation) toldType(e Exchange) bool {
	return op.OperationID == contents && e.Status == 200 &&
		isRaw(e.RequestHeader.Get("Accept")) &&
		isRaw(e.ResponseHeader.Get("Content-Type"))
}

// isRaw recognises the type in its present and in its older form.
func isRaw(media string) bool {
	return strings.HasPrefix(media, "application/vnd.github.raw") || strings.HasPrefix(media, "application/vnd.github.v3.raw")
}

func decode(data []byte) (any, error) {
	var value any
	err := json.Unmarshal(data, &value)
	return value, err
}
