package profile

import (
	"fmt"
	"slices"
	"strings"

	"onebrc/cmd/internal/format"
	"onebrc/cmd/internal/journey"
	"onebrc/engine/stages"
)

// index returns the table of the stages with what to read.
func (l *lessons) index() (string, error) {
	var b strings.Builder
	b.WriteString("| stage | idea | time | read first |\n|---|---|--:|---|\n")
	for _, s := range l.run.Measured {
		lesson, err := lessonOf(s.Name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "| [`%s`](#%s) | %s | %s | %s |\n", s.Name, s.Name, s.Idea, perRow(&s), sourceLink(lesson.Read[0]))
	}
	return b.String(), nil
}

// lesson returns what there is to do with a stage, as Markdown.
func (l *lessons) lesson(stage string) (string, error) {
	lesson, err := lessonOf(stage)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	var read []string
	for _, path := range lesson.Read {
		read = append(read, sourceLink(path))
	}
	fmt.Fprintf(&b, "**Read** %s.\n\n", strings.Join(read, ", "))
	fmt.Fprintf(&b, "**Run**\n\n```sh\n%s\n```\n\n%s\n\n", strings.Join(lesson.Show, "\n"), lesson.See)
	b.WriteString("**Try**\n\n")
	for _, experiment := range lesson.Try {
		fmt.Fprintf(&b, "- %s\n", experiment)
	}
	fmt.Fprintf(&b, "\n**Exercise.** %s", lesson.Exercise)
	if lesson.Answer != "" {
		answer, err := lessonOf(lesson.Answer)
		if err != nil {
			return "", err
		}
		name := fmt.Sprintf("`%s`", lesson.Answer)
		if _, measured := l.runWith(lesson.Answer); measured {
			name = fmt.Sprintf("[%s](#%s)", name, lesson.Answer)
		}
		fmt.Fprintf(&b, " The answer is %s, in %s.", name, sourceLink(answer.Read[0]))
	}
	return b.String(), nil
}

// lessonOf returns the lesson of a stage.
func lessonOf(stage string) (stages.Lesson, error) {
	lesson, ok := stages.LessonOf(stage)
	if !ok {
		return lesson, fmt.Errorf("profile: stage %q has no lesson", stage)
	}
	return lesson, nil
}

// sourceLink returns a link from the folder of profiles to a file of the module.
func sourceLink(path string) string { return fmt.Sprintf("[`%s`](../%s)", path, path) }

// runWith returns the newest run that has a stage.
func (l *lessons) runWith(stage string) (run *journey.Run, ok bool) {
	for _, run := range append([]*journey.Run{l.run}, l.older...) {
		if slices.Contains(run.Stages, stage) {
			return run, true
		}
	}
	return nil, false
}

// foreignStage is a stage that the machine of the newest run cannot run.
type foreignStage struct {
	Name          string
	Folder        string // of the newest run that has it
	Machine, Rows string // of that run
	Step, Top     string // as the functions of the template
}

// elsewhere returns the stages that only older runs have, in the order of the newest of
// these.
func (l *lessons) elsewhere() ([]foreignStage, error) {
	var all []foreignStage
	seen := slices.Clone(l.run.Stages)
	for _, run := range l.older {
		there := &lessons{run: run}
		for i, s := range run.Measured {
			if _, known := stages.LessonOf(s.Name); slices.Contains(seen, s.Name) || !known {
				continue // an old name of a stage is unknown
			}
			seen = append(seen, s.Name)
			before := ""
			if i > 0 {
				before = run.Stages[i-1]
			}
			step, err := there.step(s.Name, before)
			if err != nil {
				return nil, err
			}
			all = append(all, foreignStage{
				Name: s.Name, Folder: nameOf(run), Machine: format.Machine(run.Environment), Rows: format.Thousands(s.Rows),
				Step: step, Top: fmt.Sprintf("`%s` with %s", s.CPU.TopFunction, format.Percent(s.CPU.TopShare)),
			})
		}
	}
	return all, nil
}
