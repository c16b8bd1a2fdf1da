package spark

import (
	"errors"
	"fmt"
	"strings"
)

// Query returns the SQL that runs the words of a command for the ranges of p. No byte
// of a path or of the command can end a literal, or be taken for syntax by spark-sql or
// by the shell that runs the command.
func (p *Plan) Query(command []string) (string, error) {
	script, err := shellCommand(command)
	if err != nil {
		return "", err
	}
	var files strings.Builder
	for i, f := range p.Files {
		if i > 0 {
			files.WriteString(",\n")
		}
		fmt.Fprintf(&files, "  (%d, %dL, '%x', %dL, %dL)", i, p.ranges(f), f.Path, f.Version.Size, f.Version.ModTime)
	}
	const format = `SELECT kind, key, min(CAST(a AS BIGINT)), max(CAST(b AS BIGINT)), sum(CAST(c AS BIGINT)), sum(CAST(d AS BIGINT)),
  count(*), count(a) + count(b) + count(c) + count(d)
FROM (
  SELECT TRANSFORM (file, path, lo, hi, size, mtime) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  USING %s
  AS (kind STRING, key STRING, a STRING, b STRING, c STRING, d STRING) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\t'
  FROM (
    SELECT /*+ REPARTITION(%d) */
      file, path, i * %[3]dL AS lo, i * %[3]dL + least(%[3]dL, size - i * %[3]dL) AS hi, size, mtime
    FROM VALUES
%s
    AS files (file, ranges, path, size, mtime)
    LATERAL VIEW explode(sequence(0L, ranges - 1L)) AS i
  )
)
GROUP BY kind, key;
`
	return fmt.Sprintf(format, sqlLiteral(script), p.Tasks, p.step, files.String()), nil
}

// shellCommand returns text that bash runs as a command of the given words. The command
// replaces bash, so that the signals of Spark reach it. The text is printable ASCII.
func shellCommand(words []string) (string, error) {
	var b strings.Builder
	b.WriteString("exec")
	for _, word := range words {
		if strings.IndexByte(word, 0) >= 0 {
			return "", errors.New("a command cannot have a zero byte")
		}
		b.WriteString(" $'") // unlike quotes, this can write each byte in ASCII
		for _, c := range []byte(word) {
			if isPlain(c) {
				b.WriteByte(c)
			} else {
				fmt.Fprintf(&b, `\x%02x`, c)
			}
		}
		b.WriteByte('\'')
	}
	return b.String(), nil
}

// sqlLiteral returns a literal of Spark SQL for printable ASCII. All but plain bytes are
// escaped, because spark-sql looks for semicolons and variables before it parses SQL.
func sqlLiteral(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, c := range []byte(text) {
		if isPlain(c) || c == ' ' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	b.WriteByte('\'')
	return b.String()
}

// isPlain reports whether c stands for itself in each quoted text.
func isPlain(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || strings.IndexByte("/._", c) >= 0
}
