//go:build unix

package partition

import "os"

// createUnlinked creates a file in folder and removes its name at once.
func createUnlinked(folder string) (file *os.File, name string, err error) {
	file, err = createNamed(folder)
	if err != nil {
		return nil, "", err
	}
	if os.Remove(file.Name()) != nil {
		name = file.Name()
	}
	return file, name, nil
}
