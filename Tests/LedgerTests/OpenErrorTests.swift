import Engine
import FoundationEssentials
import Glibc
@testable import Ledger
import Reconciliation
import Support
import Testing

/// Each thing that can be wrong with the database, brought about, and what is said of it.
@Suite struct OpenErrorTests {
    private func error(_ fixture: Fixture, _ mode: SQLLedger.Mode = .readWrite) -> LedgerError? {
        do {
            _ = try fixture.open(mode)
            return nil
        } catch {
            return error as? LedgerError
        }
    }

    private func expect(
        _ error: LedgerError?, _ kind: LedgerError.Kind, _ words: String..., location: SourceLocation = #_sourceLocation
    ) {
        #expect(error?.kind == kind, sourceLocation: location)
        for word in words {
            let isSaid = error?.message.contains(word) == true
            #expect(isSaid, "\(word) in: \(error?.message ?? "-")", sourceLocation: location)
        }
        #expect(error?.message.contains("\n") != true, sourceLocation: location)
    }

    private func write(_ bytes: String, to path: String) {
        guard let file = fopen(path, "w") else { preconditionFailure(path) }
        fputs(bytes, file)
        fclose(file)
    }

    @Test("a missing file is named and never made", arguments: [SQLLedger.Mode.readWrite, .readOnly])
    func aMissingFileIsNamedAndNeverMade(_ mode: SQLLedger.Mode) {
        let fixture = Fixture(table: nil)
        expect(error(fixture, mode), .unusable, fixture.path, "init-db")
        #expect(access(fixture.path, F_OK) != 0)
    }

    @Test("a missing folder is a missing file")
    func aMissingFolderIsAMissingFile() {
        var fixture = Fixture(table: nil)
        fixture.configuration.place = .file(fixture.folder.file("none/app.db"))
        expect(error(fixture), .unusable, "none/app.db", "store.path")
    }

    @Test("a folder is no database")
    func aFolderIsNoDatabase() {
        var fixture = Fixture(table: nil)
        fixture.configuration.place = .file(fixture.folder.path)
        expect(error(fixture), .unusable, "not a file")
    }

    @Test("another file is no database")
    func anotherFileIsNoDatabase() {
        let fixture = Fixture(table: nil)
        write(String(repeating: "id,status\n1,PENDING\n", count: 200), to: fixture.path)
        expect(error(fixture), .unusable, fixture.path, "not an SQLite database")
    }

    @Test("an empty file has no table")
    func anEmptyFileHasNoTable() {
        let fixture = Fixture(table: nil)
        write("", to: fixture.path)
        expect(error(fixture), .unusable, "no table notification_history", "init-db")
        expect(error(fixture, .readOnly), .unusable, "no table notification_history")
    }

    @Test("a missing table is named with those that are there")
    func aMissingTableIsNamedWithThoseThatAreThere() {
        let fixture = Fixture(table: "CREATE TABLE messages (id INTEGER)")
        expect(error(fixture), .unusable, "no table notification_history", "there are: messages", "store.table")
        #expect(fixture.raw.count("SELECT count(*) FROM sqlite_schema") == 1)
    }

    @Test("a missing column is named with those that are there")
    func aMissingColumnIsNamedWithThoseThatAreThere() {
        let fixture = Fixture { $0.columns.reportCode = "code" }
        expect(
            error(fixture), .unusable, "no column code", "store.columns.report_code",
            "external_id, status, service_type")
    }

    @Test(
        "every mapped column must be there",
        arguments: ["external_id", "status", "created_at", "updated_at", "error_message", "service_type"])
    func everyMappedColumnMustBeThere(_ column: String) {
        let fixture = Fixture(table: Fixture.table.split(separator: "\(column) ").joined(separator: "x_\(column) "))
        expect(error(fixture), .unusable, "no column \(column) ")
    }

    @Test("a column that does not matter may be missing")
    func aColumnThatDoesNotMatterMayBeMissing() throws {
        let fixture = Fixture(table: Fixture.table.split(separator: "service_type ").joined(separator: "x ")) {
            $0.columns.serviceType = nil
        }
        #expect(error(fixture) == nil)
    }

    @Test("a table without rowid is refused")
    func aTableWithoutRowidIsRefused() {
        let fixture = Fixture(table: Fixture.table + " WITHOUT ROWID")
        expect(error(fixture), .unusable, "WITHOUT ROWID")
    }

    @Test("a view is refused")
    func aViewIsRefused() {
        let fixture = Fixture(table: "CREATE VIEW notification_history AS SELECT 1 AS id")
        expect(error(fixture), .unusable, "is a view")
    }

    @Test("a table that hides its row address is refused")
    func aTableThatHidesItsRowAddressIsRefused() {
        let names = "rowid TEXT, _rowid_ TEXT, oid TEXT"
        let table = Fixture.table.split(separator: "id INTEGER PRIMARY KEY").joined(separator: "id INTEGER, \(names)")
        expect(error(Fixture(table: table)), .unusable, "rowid, _rowid_ and oid")
    }

    @Test("a generated column cannot be written")
    func aGeneratedColumnCannotBeWritten() {
        let table = Fixture.table.split(separator: "report_code TEXT")
            .joined(separator: "report_code TEXT AS (status || 'x')")
        expect(error(Fixture(table: table)), .unusable, "report_code", "generated")
    }

    @Test("a file that cannot be read is refused")
    func aFileThatCannotBeReadIsRefused() {
        let fixture = Fixture()
        chmod(fixture.path, 0o000)
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            expect(unprivileged { error(fixture, mode) }, .unusable, "Permission denied")
        }
    }

    @Test("a file that cannot be written is refused, but can be read")
    func aFileThatCannotBeWrittenIsRefusedButCanBeRead() {
        let fixture = Fixture(journal: "DELETE")
        chmod(fixture.path, 0o444)
        expect(unprivileged { error(fixture) }, .readOnly, fixture.path, "Permission denied")
        #expect(unprivileged { error(fixture, .readOnly) } == nil)
    }

    @Test("a folder that cannot be written is refused")
    func aFolderThatCannotBeWrittenIsRefused() {
        let fixture = Fixture(journal: "DELETE")
        chmod(fixture.path, 0o666)
        chmod(fixture.folder.path, 0o555)
        defer { chmod(fixture.folder.path, 0o755) }
        expect(unprivileged { error(fixture) }, .readOnly, fixture.folder.path, "journal")
    }

    @Test(
        "a file of SQLite's that cannot be written is named, beside the database itself",
        arguments: [
            ("WAL", "-shm"), ("WAL", "-wal"), ("DELETE", "-journal"),
        ])
    func leftOver(journal: String, suffix: String) throws {
        var fixture = Fixture(journal: journal)
        chmod(fixture.path, 0o666)
        chmod(fixture.folder.path, 0o777)
        let file = fixture.path + suffix
        write("", to: file)
        chmod(file, 0o444)
        let link = fixture.folder.file("link.db")
        symlink(fixture.path, link)
        fixture.configuration.place = .file(link)
        expect(unprivileged { error(fixture) }, .readOnly, "\(file) cannot be written: Permission denied")
        #expect(throws: LedgerError.self) { try unprivileged { try SQLLedger.checkWritable(fixture.path) } }
        chmod(file, 0o666)
        #expect(unprivileged { error(fixture) } == nil)
    }

    @Test("a file with two names is refused by everybody")
    func aFileWithTwoNamesIsRefusedByEverybody() {
        let fixture = Fixture()
        let second = fixture.folder.file("second.db")
        link(fixture.path, second)
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            expect(error(fixture, mode), .unusable, "store.path", fixture.path, "2 names", "mount its folder")
        }
        #expect(throws: LedgerError.self) { try SQLLedger.checkName(second) }
        unlink(second)
        #expect(error(fixture) == nil)
    }

    @Test(
        "what is mounted by itself is read from the table of mounts",
        arguments: [
            ("/data/app.db", true), ("/data/a b.db", true), ("/data", true), ("/data/app", false), ("/dev/vda", false),
        ])
    func whatIsMountedByItselfIsReadFromTheTableOfMounts(_ path: String, isMounted: Bool) {
        let table = """
            29 1 254:0 / / rw,relatime - ext4 /dev/vda rw
            63 43 254:0 /srv/app.db /data/app.db rw,relatime shared:1 - ext4 /dev/vda rw
            64 43 254:0 /srv/app.db /data/a\\040b.db rw - ext4 /dev/vda rw
            65 43 0:5 / /data rw - tmpfs none rw
            """
        #expect(DatabaseFile.isMountPoint(path, in: table.utf8) == isMounted)
    }

    @Test("the system says what is mounted")
    func theSystemSaysWhatIsMounted() throws {
        let fixture = Fixture()
        try SQLLedger.checkName(fixture.path)
        let table = try #require(FileManager.default.contents(atPath: "/proc/self/mountinfo"))
        #expect(DatabaseFile.isMountPoint("/", in: table))
    }

    @Test("a newer schema is refused")
    func aNewerSchemaIsRefused() throws {
        let fixture = Fixture()
        _ = try fixture.open()
        fixture.raw.run("UPDATE reconciler_meta SET value = '99' WHERE key = 'schema_version'")
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            expect(error(fixture, mode), .newerSchema, "schema 99", fixture.path)
        }
        #expect(fixture.raw.value("SELECT value FROM reconciler_meta WHERE key = 'schema_version'") == "99")
    }

    @Test(
        "a schema version that is none is refused",
        arguments: ["'abc'", "''", "NULL", "0", "-1", "99999999999999999999"])
    func aSchemaVersionThatIsNoneIsRefused(_ value: String) throws {
        let fixture = Fixture()
        _ = try fixture.open()
        fixture.raw.run("UPDATE reconciler_meta SET value = \(value) WHERE key = 'schema_version'")
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            expect(
                error(fixture, mode), .unusable, fixture.path, "reconciler_meta", "schema_version", "restore a backup")
        }
    }

    @Test(
        "an own table that is missing is named",
        arguments: ["meta", "message", "audit", "alert", "telling", "report", "hour", "cycle"])
    func anOwnTableThatIsMissingIsNamed(_ table: String) throws {
        let fixture = Fixture()
        _ = try fixture.open()
        fixture.raw.run("DROP TABLE reconciler_\(table)")
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            expect(error(fixture, mode), .unusable, fixture.path, "reconciler_\(table)", "restore a backup", "drop")
        }
    }

    @Test("an own table that lacks a column is named")
    func anOwnTableThatLacksAColumnIsNamed() throws {
        let fixture = Fixture()
        _ = try fixture.open()
        fixture.raw.run("ALTER TABLE reconciler_telling DROP COLUMN not_before")
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            expect(error(fixture, mode), .unusable, "reconciler_telling has no column not_before", "restore a backup")
        }
    }

    @Test(
        "somebody else's table is named and left as it is",
        arguments: [
            "TABLE reconciler_message (x)", "TABLE Reconciler_Cycle (x)", "TABLE reconciler_meta (x)",
            "VIEW reconciler_alert AS SELECT 1", "INDEX reconciler_audit_message ON notification_history (status)",
        ])
    func somebodyElsesTableIsNamedAndLeftAsItIs(_ definition: String) {
        let fixture = Fixture()
        fixture.raw.run("CREATE \(definition)")
        let before = fixture.raw.rows("SELECT * FROM sqlite_schema")
        for mode in [SQLLedger.Mode.readWrite, .readOnly] {
            let found = error(fixture, mode)
            expect(found, .unusable, fixture.path, "reconciler_", "backup")
            #expect(found?.message.contains("CREATE") != true)
        }
        #expect(fixture.raw.rows("SELECT * FROM sqlite_schema") == before)
    }

    @Test("a database that is locked while its tables are made is busy")
    func aDatabaseThatIsLockedWhileItsTablesAreMadeIsBusy() {
        let fixture = Fixture()
        let other = fixture.raw
        other.run("BEGIN IMMEDIATE")
        expect(error(fixture), .busy, "0.02 s", "store.busy_timeout")
        other.run("COMMIT")
        #expect(error(fixture) == nil)
    }

    @Test("a damaged file is called damaged")
    func aDamagedFileIsCalledDamaged() async throws {
        let fixture = Fixture(journal: "DELETE")
        fixture.addPending(1...5000)
        guard let file = fopen(fixture.path, "r+") else { preconditionFailure() }
        fseek(file, 4096, SEEK_SET)
        fputs(String(repeating: "x", count: 100_000), file)
        fclose(file)
        do {
            _ = try await fixture.open().walk()
            Issue.record("the damage went unnoticed")
        } catch {
            expect(error as? LedgerError, .damaged, fixture.path, "restore a backup")
        }
    }
}
