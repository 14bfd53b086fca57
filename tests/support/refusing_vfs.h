// SQLite's own VFS, but for a disk that takes no writes from some moment on.
//
// While one exists it is the default, for connections that are opened and closed in that time.
// Thread-safe.
#pragma once

#include <sqlite3.h>

namespace pmx {

class RefusingVfs {
  public:
    RefusingVfs();
    ~RefusingVfs();
    RefusingVfs(const RefusingVfs&) = delete;
    RefusingVfs& operator=(const RefusingVfs&) = delete;

    // Each write fails with this errno; 0: none does.
    static void refuse_writes(int error_number);

  private:
    sqlite3_vfs vfs_{};
};

}  // namespace pmx
