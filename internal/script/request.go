package script

import (
	"slices"
	"strings"
)

// ghCommands are gh's own commands. Another one is an alias or an extension.
var ghCommands = strings.Fields(`accessibility agent-task alias api attestation auth browse cache co codespace completion config copilot cs extension extensions ext gist gpg-key help
issue label licenses org pr preview project release repo rs ruleset run search secret ssh-key status variable version workflow at`)

// ghNouns are commands whose subcommand decides what happens.
var ghNouns = []string{"pr", "workflow", "run", "repo"}

// gh finds command and subcommand between gh's options.
func (r *reader) gh(sc *scope, argv []string, at int) {
	words, rest := ghWords(argv[1:])
	if len(words) == 0 {
		return
	}
	cmd := words[0]
	if alias, ok := r.known().ghAliases[cmd]; ok && !slices.Contains(sc.calls, "gh alias "+cmd) {
		r.ghAlias(sc, alias, append(slices.Clone(words[1:]), rest...), cmd, at)
		return
	}
	switch {
	case r.fallback(cmd):
		return
	case !literal(cmd):
		r.opaque(sc, at, "the command of gh is "+reasons[r.kindOf(cmd)]+", "+r.print(cmd))
		return
	case !slices.Contains(ghCommands, cmd):
		r.opaque(sc, at, "gh "+cmd+" is no command of gh: an alias or an extension of that name")
		return
	case slices.Contains(ghNouns, cmd) && len(words) > 1 && !literal(words[1]) && !r.fallback(words[1]):
		r.opaque(sc, at, "the subcommand of gh "+cmd+" is "+reasons[r.kindOf(words[1])]+", "+r.print(words[1]))
	}
	r.facts.commands = append(r.facts.commands, Command{Place: Place{Offset: at}, Name: "gh", Args: r.args(slices.Concat(words, rest))})
	switch {
	case cmd == "api":
		r.apiRequest(sc, append(slices.Clone(words[1:]), rest...), at)
	case cmd == "config" && len(words) > 1 && words[1] == "set":
		if set, _ := operands(rest); len(set) > 1 && slices.Contains([]string{"browser", "editor", "pager"}, set[0]) {
			r.code(sc, set[1], at, code{by: "gh's " + set[0]})
		}
	case cmd == "repo" && len(words) > 1 && words[1] == "clone":
		if i := slices.Index(rest, "--"); i >= 0 {
			r.gitClone(sc, rest[i+1:], at)
		}
	case cmd == "alias" && len(words) > 1 && words[1] == "set":
		r.setGhAlias(rest)
	case cmd == "alias" && len(words) > 1 && words[1] == "import", strings.HasPrefix(cmd, "ext") && len(words) > 1 && slices.Contains([]string{"exec", "install"}, words[1]):
		r.opaque(sc, at, "gh "+cmd+" "+words[1]+" brings commands that are not in the script")
	}
}

// ghWords returns the first two words that are no options, and all the rest in its order. Before and between them an option takes the next word, as gh reads them.
func ghWords(args []string) (words, rest []string) {
	for i := 0; i < len(args) && len(words) < 2; i++ {
		a := args[i]
		switch {
		case len(words) == 1 && words[0] == "api":
			return words, args[i:]
		case !strings.HasPrefix(a, "-"):
			words = append(words, a)
		case !strings.Contains(a, "=") && (len(a) == 2 || strings.HasPrefix(a, "--")):
			i++
		}
		rest = args[i+min(1, len(args)-i):]
	}
	return words, rest
}

func (r *reader) setGhAlias(args []string) {
	shell := slices.Contains(args, "--shell") || slices.Contains(args, "-s")
	words, _ := operands(args)
	if len(words) < 2 {
		return
	}
	text := words[1]
	if shell && !strings.HasPrefix(text, "!") {
		text = "!" + text
	}
	addText(r.now.ghAliases, words[0], text)
}

func (r *reader) ghAlias(sc *scope, texts, args []string, name string, at int) {
	sc = sc.with(func(n *scope) { n.calls = append(slices.Clip(sc.calls), "gh alias "+name) })
	for _, text := range texts {
		if line, shell := strings.CutPrefix(text, "!"); shell {
			r.code(sc, line, at, code{by: "an alias of gh", args: args})
			continue
		}
		r.gh(sc, slices.Concat([]string{"gh"}, r.words(text), args), at)
	}
}

// call is an HTTP request as it is read from a command line.
type call struct {
	method string
	urls   []string
	sends  bool // it has a body
	get    bool // fields go into the query
	body   []string
}

func (r *reader) request(sc *scope, c call, at int) {
	method := strings.ToUpper(c.method)
	switch {
	case !literal(method):
		method = ""
	case method == "" && c.sends && !c.get:
		method = "POST"
	case method == "":
		method = "GET"
	}
	writes := method != "GET" && method != "HEAD"
	for _, u := range c.urls {
		if writes {
			r.judgeable(sc, c, u, at)
		}
		r.facts.requests = append(r.facts.requests, Request{Place: Place{Offset: at}, Method: method, URL: r.arg(u), Body: r.arg(strings.Join(c.body, "\n"))})
	}
}

// judgeable: a request to GitHub that may write must say what it writes, and no request that does may hide where it goes.
func (r *reader) judgeable(sc *scope, c call, u string, at int) {
	if r.kindOf(u) == decoded {
		r.opaque(sc, at, "a request that may write goes to an address that is decoded text")
	}
	shown := r.print(u)
	if strings.HasPrefix(shown, "https://api.github.com/") || strings.HasPrefix(shown, "$GITHUB_API_URL/") {
		_, path, _ := strings.Cut(strings.TrimPrefix(u, "https://"), "/")
		r.apiPath(sc, path, at)
	}
	if base(u) != "graphql" && !strings.HasPrefix(shown, "$GITHUB_GRAPHQL_URL") {
		return
	}
	for _, text := range c.body {
		if query := strings.TrimPrefix(text, "query="); r.only(query) && r.kindOf(query) > ordinary {
			r.opaque(sc, at, "a request of GraphQL sends "+reasons[r.kindOf(query)]+", "+r.print(query))
		}
	}
}

// apiRequest is gh api, or hub api.
func (r *reader) apiRequest(sc *scope, args []string, at int) {
	var c call
	for i := 0; i < len(args); i++ {
		name, value, attached := optionValue(args[i], "XfFHqtp")
		takes := slices.Contains([]string{"-X", "--method", "-f", "--raw-field", "-F", "--field", "--input", "-H", "--header", "-q", "--jq", "-t", "--template", "--hostname", "-p", "--preview", "--cache", "-R", "--repo"}, name)
		if takes && !attached && i+1 < len(args) {
			i++
			value = args[i]
		}
		switch name {
		case "-X", "--method":
			c.method = value
		case "-f", "--raw-field", "-F", "--field", "--input":
			c.sends, c.body = true, append(c.body, r.sent(sc, value, name == "--input")...)
		case "":
			if len(c.urls) == 0 {
				c.urls = []string{value}
			}
		}
	}
	r.request(sc, c, at)
	for _, u := range c.urls {
		if c.method != "" && !strings.EqualFold(c.method, "GET") || c.sends && c.method == "" {
			r.apiPath(sc, strings.TrimPrefix(u, "/"), at)
		}
	}
}

// apiPath: a request to GitHub that may write must say what it writes.
func (r *reader) apiPath(sc *scope, u string, at int) {
	path, _, _ := strings.Cut(strings.TrimPrefix(u, "/"), "?")
	if _, rest, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	parts := strings.Split(path, "/")
	if len(parts) > 2 && parts[0] == "repositories" && literal(parts[2]) || len(parts) > 3 && parts[0] == "repos" && literal(parts[3]) || len(parts) > 2 && parts[0] == "repos" && !literal(parts[1]) && literal(parts[2]) || literal(path) || parts[0] != "repos" && parts[0] != "repositories" && literal(parts[0]) {
		return
	}
	r.opaque(sc, at, "a request to GitHub that may write goes to "+r.print(u))
}

// sent returns what a field sends: its text, or that of a file which the script writes.
func (r *reader) sent(sc *scope, value string, file bool) []string {
	_, of, isFile := strings.Cut(value, "@")
	switch {
	case file:
		of = value
	case !isFile || strings.ContainsAny(value[:strings.IndexByte(value, '@')], " \t\n{"):
		return []string{value}
	}
	if of == "-" && sc.stdin != nil {
		return append(sc.stdin(), value)
	}
	texts, _ := r.content(of)
	return append(slices.Clone(texts), value)
}

// optionValue splits -Xvalue and --name=value; a word that is no option has the name "".
func optionValue(a, values string) (name, value string, attached bool) {
	switch {
	case len(a) < 2 || a[0] != '-':
		return "", a, true
	case strings.HasPrefix(a, "--"):
		return strings.Cut(a, "=")
	}
	if i := strings.IndexAny(a[1:], values); i >= 0 {
		return "-" + a[i+1:i+2], a[i+2:], len(a) > i+2
	}
	return a, "", false
}

// curlValues are curl's options that take a value.
const curlValues = "AbcCdDeEFHKmoPQrtTuUwxXyYz"

var curlLong = strings.Fields(`--request --data --data-ascii --data-binary --data-raw --data-urlencode --json --form --form-string --url --url-query --header --output
--output-dir --user --user-agent --referer --cookie --cookie-jar --max-time --connect-timeout --retry --retry-delay --retry-max-time --write-out --upload-file
--config --proxy --resolve --cacert --cert --key --range --max-filesize --limit-rate --interface --dump-header --proto --proto-default --tls-max --ciphers
--oauth2-bearer --aws-sigv4 --noproxy --unix-socket --max-redirs --stderr --trace --trace-ascii --netrc-file --etag-save --etag-compare --variable --expand-url --expand-data`)

// curl reads a command line of curl.
func (r *reader) curl(sc *scope, argv []string, at int) {
	var c call
	var files bool
	for i := 1; i < len(argv); i++ {
		name, value, attached := optionValue(argv[i], curlValues)
		name = fullName(name, curlLong)
		if !attached && (slices.Contains(curlLong, name) || len(name) == 2 && strings.Contains(curlValues, name[1:])) && i+1 < len(argv) {
			i++
			value = argv[i]
		}
		switch name {
		case "":
			c.urls = append(c.urls, r.curlURLs(value)...)
		case "--url", "--expand-url":
			c.urls = append(c.urls, r.curlURLs(value)...)
		case "-X", "--request":
			c.method = value
		case "-d", "--data", "--data-ascii", "--data-binary", "--data-raw", "--data-urlencode", "--json", "-F", "--form", "--form-string", "--expand-data":
			c.sends, c.body = true, append(c.body, r.sent(sc, value, false)...)
		case "-T", "--upload-file":
			if c.method == "" {
				c.method = "PUT"
			}
		case "-o", "--output":
			r.downloaded("curl", value, at)
		case "-K", "--config":
			r.opaque(sc, at, "curl reads its options from a file")
		}
		if strings.HasPrefix(name, "--expand-") {
			r.opaque(sc, at, "curl puts together what it sends")
		}
		c.get = c.get || name == "--get" || isShort(argv[i], 'G')
		if isShort(argv[i], 'I') || name == "--head" {
			c.method = "HEAD"
		}
		files = files || isShort(argv[i], 'O') || name == "--remote-name" || name == "--remote-name-all"
	}
	if files {
		r.remoteNames("curl", c.urls, at)
	}
	r.request(sc, c, at)
}

// fullName is the long option that a shortened one stands for.
func fullName(name string, known []string) string {
	if len(name) > 4 && strings.HasPrefix(name, "--") && !slices.Contains(known, name) {
		if i := slices.IndexFunc(known, func(k string) bool { return strings.HasPrefix(k, name) }); i >= 0 {
			return known[i]
		}
	}
	return name
}

// curlURLs are the addresses that curl makes of one with {a,b} in it; a range [a-z] is not listed. GitHub's own
// addresses have neither, so that --globoff changes nothing.
func (r *reader) curlURLs(u string) []string {
	if from := strings.IndexByte(u, '['); from >= 0 && !strings.HasSuffix(u[:from], "/") {
		if length := strings.IndexByte(u[from:], ']'); length > 0 {
			u = u[:from] + r.text(hole{show: u[from : from+length+1]}) + u[from+length+1:]
		}
	}
	head, rest, opens := strings.Cut(u, "{")
	list, tail, closes := strings.Cut(rest, "}")
	if !opens || !closes {
		return []string{u}
	}
	var out []string
	for _, text := range strings.Split(list, ",")[:min(maxAlts, 1+strings.Count(list, ","))] {
		out = append(out, head+text+tail)
	}
	if len(out) == 1 {
		return r.curlURLs(out[0])
	}
	return out
}

// isShort says that a is a bundle of short options with c in it, before any that takes a value.
func isShort(a string, c byte) bool {
	if len(a) < 2 || a[0] != '-' || a[1] == '-' {
		return false
	}
	i, v := strings.IndexByte(a[1:], c), strings.IndexAny(a[1:], curlValues)
	return i >= 0 && (v < 0 || i < v)
}

// downloaded notes a file that comes over the network.
func (r *reader) downloaded(tool, file string, at int) {
	if file == "-" || strings.HasPrefix(file, "/dev/") {
		return
	}
	r.wrote(tool, file, at)
	r.keep(&scope{quiet: true, at: func(int) int { return at }, args: &params{}}, file, r.text(hole{show: "$(" + tool + " …)", kind: download, site: at, many: true}), at)
}

func (r *reader) remoteNames(tool string, urls []string, at int) {
	for _, u := range urls {
		u, _, _ = strings.Cut(u, "?")
		r.downloaded(tool, base(u), at)
	}
}

// wgetLong are the options of wget that decide about a request.
var wgetLong = []string{"--body-data", "--body-file", "--method", "--output-document", "--post-data", "--post-file"}

// otherClient reads a command line of wget or of HTTPie and its kin.
func (r *reader) otherClient(sc *scope, name string, argv []string, at int) {
	var c call
	toFile := false
	for i := 1; i < len(argv); i++ {
		option, value, attached := optionValue(argv[i], "OPoeUTtawBiAp")
		if name == "wget" {
			option = fullName(option, wgetLong)
		}
		if !attached && len(option) == 2 && strings.Contains("OPoeUTtawBiA", option[1:]) && i+1 < len(argv) {
			i++
			value = argv[i]
		}
		switch {
		case option == "-O" || option == "--output-document":
			toFile = true
			r.downloaded(name, value, at)
		case option == "--method":
			c.method = value
		case slices.Contains([]string{"--post-data", "--post-file", "--body-data", "--body-file", "--raw"}, option):
			c.sends, c.body = true, append(c.body, value)
		case option != "":
		case name != "wget" && slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, strings.ToUpper(value)):
			c.method = value
		case name != "wget" && len(c.urls) > 0:
			c.sends, c.body = c.sends || strings.Contains(value, "=") && !strings.Contains(value, "=="), append(c.body, value)
		default:
			c.urls = append(c.urls, value)
		}
	}
	if name == "wget" && !toFile {
		r.remoteNames(name, c.urls, at)
	}
	r.request(sc, c, at)
}
