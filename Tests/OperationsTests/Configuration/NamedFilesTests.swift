import Glibc
import Ledger
import Testing

@testable import Operations

/// What is written must not be what is needed, whatever path leads there.
@Suite struct NamedFilesTests {
    private static let needed = """
        api: {key_file: '@/key', ca_file: '@/ca', client_password_file: '@/password'}, store: {path: '@/n.db'},
        heartbeat: {url_file: '@/beat'},
        alerts: {sinks: [{type: 'slack', url_file: '@/slack'}, {type: 'pagerduty', routing_key_file: '@/route'},
                         {type: 'command', argv: ['@/program', '@/argument']}]},
        """

    /// What is wrong with a configuration at `config.json5` in `folder`, `@` in its paths.
    private func problems(_ text: String, in folder: String) -> [String] {
        let text = "{\(Self.needed)\n\(text)}".split(separator: "@/").joined(separator: "\(folder)/")
        do throws(ConfigurationFailure) {
            _ = try Settings.parse(Array(text.utf8), file: "\(folder)/config.json5")
            return []
        } catch {
            return error.problems.map { "\($0.line ?? 0): \($0.key): \($0.message)" }
        }
    }

    @Test(
        "nothing needed is overwritten",
        arguments: [
            ("n.db", "store.path"), ("n.db-wal", "store.path"), ("n.db-shm", "store.path"),
            ("n.db-journal", "store.path"),
            ("n.db.reconciler-lock", "store.path"), ("n.db.reconciler-trouble", "store.path"), ("key", "api.key_file"),
            ("ca", "api.ca_file"), ("password", "api.client_password_file"), ("beat", "heartbeat.url_file"),
            ("slack", "alerts.sinks[\"slack\"].url_file"), ("route", "alerts.sinks[\"pagerduty\"].routing_key_file"),
            ("program", "alerts.sinks[\"command\"].argv"), ("config.json5", "the configuration itself"),
            ("../NAME/./n.db", "store.path"),
        ])
    func nothingNeededIsOverwritten(file: String, owner: String) throws {
        try withTemporaryDirectory { folder in
            let name = String(folder.split(separator: "/").last ?? "")
            let file = file.split(separator: "NAME").joined(separator: name)
            let message = "would overwrite the file of \(owner); name another file"
            #expect(
                problems("metrics: {textfile: '@/\(file)'}", in: folder) == ["5: metrics.textfile: \(message)"])
            #expect(
                problems("status_page: {file: '@/\(file)'}", in: folder) == ["5: status_page.file: \(message)"])
        }
    }

    @Test("a symbolic link leads to the same file") func aSymbolicLinkLeadsToTheSameFile() throws {
        try withTemporaryDirectory { folder in
            try write("", to: "\(folder)/n.db", mode: 0o600)
            #expect(symlink("n.db", "\(folder)/link") == 0)
            for text in [
                "store: {path: '@/n.db'}, status_page: {file: '@/link'}",
                "store: {path: '@/link'}, status_page: {file: '@/n.db'}",
                "store: {path: '@/link'}, status_page: {file: '@/link'}",
                "store: {path: '@/link'}, status_page: {file: '@/n.db-wal'}",
            ] {
                let found = Self.overriding(text, in: folder)
                #expect(found.contains("store.path"), "\(text): \(found)")
            }
        }
    }

    private static func overriding(_ text: String, in folder: String) -> String {
        let text = "{\(text)}".split(separator: "@/").joined(separator: "\(folder)/")
        do throws(ConfigurationFailure) {
            _ = try Settings.parse(Array(text.utf8), file: "\(folder)/config.json5")
            return ""
        } catch {
            return error.description
        }
    }

    @Test("the two that are written are two") func theTwoThatAreWrittenAreTwo() throws {
        try withTemporaryDirectory { folder in
            let found = problems("metrics: {textfile: '@/out'}, status_page: {file: '@/out'}", in: folder)
            #expect(found == ["5: status_page.file: would overwrite the file of metrics.textfile; name another file"])
        }
    }

    @Test("of a database at a server its password is needed")
    func ofADatabaseAtAServerItsPasswordIsNeeded() throws {
        let text = """
            {store: {url: 'mysql://a@h/s', password_file: '/x/p'}, metrics: {textfile: '/x/p'},
             status_page: {file: '/var/lib/bizgo-reconciler/notifications.db'}}
            """
        let failure = #expect(throws: ConfigurationFailure.self) {
            try Settings.parse(Array(text.utf8), file: "/x/c", servers: [.mysql])
        }
        #expect(
            failure?.problems.map(\.message) == ["would overwrite the file of store.password_file; name another file"])
    }

    @Test("files of their own are fine") func filesOfTheirOwnAreFine() throws {
        try withTemporaryDirectory { folder in
            #expect(problems("metrics: {textfile: '@/m.prom'}, status_page: {file: '@/s.html'}", in: folder) == [])
            #expect(problems("status_page: {file: '@/argument'}", in: folder) == [])
            let drafted = "api: {key_file: '@/m.prom.tmp'}, metrics: {textfile: '@/m.prom'}"
            #expect(Self.overriding(drafted, in: folder) == "", "a draft has a name of its own")
        }
    }

    @Test("a command may make the page over itself") func aCommandMayMakeThePageOverItself() throws {
        try withTemporaryDirectory { folder in
            var settings = Settings()
            settings.store.place = .file("\(folder)/n.db")
            settings.metrics.textfile = "\(folder)/m.prom"
            settings.statusPage.file = "\(folder)/s.html"
            let files = NamedFiles(settings, configuration: "\(folder)/config.json5")
            #expect(files.owner(of: "\(folder)/n.db-shm") == "store.path")
            #expect(files.owner(of: "\(folder)/m.prom") == "metrics.textfile")
            #expect(files.owner(of: "\(folder)/config.json5") == "the configuration itself")
            #expect(files.owner(of: "\(folder)/s.html") == nil)
        }
    }
}
