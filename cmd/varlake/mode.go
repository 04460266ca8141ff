package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/varlake/varlake/internal/table/warehouse"
)

// dataEntries are what a data folder has; what else is in it is somebody's.
var dataEntries = []string{"aws", begunFolder, "folder.id", "lock", "references", "server.json", "tables", spillFolder,
	uploadsFolder}

// closeFolder has the data folder and all in it readable for its owner alone or, with a group, for that too. A server
// that is private to a command leaves a folder shared that is. What is right at the top is right below: that is done
// last.
func (p dataPaths) closeFolder(group string, private bool, log *slog.Logger) error {
	gid, dirMode, fileMode := -1, warehouse.OwnDir, warehouse.OwnFile
	if group != "" {
		found, err := groupID(group)
		if err != nil {
			return usageError{fmt.Errorf("--shared-group %q: %w", group, err)}
		}
		gid, dirMode, fileMode = found, warehouse.SharedDir, warehouse.SharedFile
	} else if private && warehouse.IsShared(p.dir) {
		return nil
	}
	info, err := os.Stat(p.dir)
	if err != nil {
		return fmt.Errorf("look at data folder: %w", err)
	}
	stat, _ := info.Sys().(*syscall.Stat_t)
	if info.Mode()&(fs.ModePerm|fs.ModeSetgid) == dirMode && (gid < 0 || stat != nil && int(stat.Gid) == gid) {
		return nil
	}
	root, err := os.OpenRoot(p.dir) // whose owner may put links in the place of files while root is at it
	if err != nil {
		return fmt.Errorf("look at data folder: %w", err)
	}
	defer root.Close()
	set := func(path string, mode fs.FileMode) error {
		if gid >= 0 {
			if err := root.Lchown(path, -1, gid); err != nil {
				return err
			}
		}
		return root.Chmod(path, mode)
	}
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return fmt.Errorf("list data folder: %w", err)
	}
	for _, entry := range entries {
		ours := slices.Contains(dataEntries, entry.Name()) || strings.HasPrefix(entry.Name(), "varlake.db")
		if !ours || entry.Type()&fs.ModeSymlink != 0 {
			continue
		}
		err := fs.WalkDir(root.FS(), entry.Name(), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			switch {
			case err != nil:
				return err
			case entry.IsDir():
				return set(path, dirMode)
			case !entry.Type().IsRegular(), links(info) > 1: // an upload may be the user's own file under a second name
				return nil
			}
			return set(path, fileMode)
		})
		if err != nil && !isNotExist(err) {
			return p.notClosed(err, log)
		}
	}
	if err := set(".", dirMode); err != nil {
		return p.notClosed(err, log)
	}
	return nil
}

// notClosed makes a warning of what only the owner of a folder can do: it may be a volume that somebody else made.
func (p dataPaths) notClosed(err error, log *slog.Logger) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		log.Warn("the data folder may be open to other users of this machine: its modes cannot be set", "data", p.dir,
			"error", err)
		return nil
	}
	return fmt.Errorf("set modes of the data folder: %w", err)
}

func links(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink)
	}
	return 1
}

func groupID(name string) (int, error) {
	group, err := user.LookupGroup(name)
	if err != nil {
		if _, number := strconv.Atoi(name); number == nil { // a container knows few names
			return strconv.Atoi(name)
		}
		return 0, err
	}
	return strconv.Atoi(group.Gid)
}

// shareState gives the state's files the mode of the folder that they are in: SQLite makes them the owner's.
func (p dataPaths) shareState() error {
	if !warehouse.IsShared(p.dir) {
		return nil
	}
	root, err := os.OpenRoot(p.dir)
	if err != nil {
		return fmt.Errorf("share state: %w", err)
	}
	defer root.Close()
	for _, path := range append(p.stateFiles(), p.lock()) {
		name := filepath.Base(path)
		if info, err := root.Lstat(name); err == nil && !info.Mode().IsRegular() {
			continue // it is elsewhere
		}
		if err := root.Chmod(name, warehouse.SharedFile); err != nil && !isNotExist(err) &&
			!errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("share state: %w", err)
		}
	}
	return nil
}

// writeData replaces a file of the data folder in one step, as open as the folder that it is in, and its owner's.
func writeData(path string, content []byte) error {
	if err := warehouse.MakeDirs(filepath.Dir(path)); err != nil {
		return err
	}
	folder, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer folder.Close()
	heir, err := heirOf(folder)
	if err != nil {
		return err
	}
	name := filepath.Base(path)
	temporary := name + ".new"
	if err := folder.Remove(temporary); err != nil && !isNotExist(err) {
		return err
	}
	file, err := folder.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, warehouse.OwnFile)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err := errors.Join(err, heir.take(file, heir.fileMode()), file.Close()); err != nil {
		return err
	}
	return folder.Rename(temporary, name)
}

// giveTo has a folder or file that a command made be the owner's of the folder that it was made for, which a server of
// another user reads. Only root can, and only root makes such ones.
func giveTo(owner, path string) error {
	info, err := os.Stat(owner)
	if err != nil || os.Geteuid() != 0 {
		return err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok && stat.Uid != 0 {
		return os.Lchown(path, int(stat.Uid), int(stat.Gid))
	}
	return nil
}
