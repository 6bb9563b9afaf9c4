#pragma once
#include <sqlite3.h>

// What Swift cannot call: a variadic function, and a destructor that is a number cast to a pointer.

static inline int bizgo_sqlite3_set_defensive(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/// The log stays as it is when this connection is the last to close.
static inline int bizgo_sqlite3_leave_log(sqlite3 *db) {
    return sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)0);
}

/// Binds a copy of the text. A null pointer stands for the empty text, never for NULL.
static inline int bizgo_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, int bytes) {
    return sqlite3_bind_text(statement, index, text ? text : "", text ? bytes : 0, SQLITE_TRANSIENT);
}
