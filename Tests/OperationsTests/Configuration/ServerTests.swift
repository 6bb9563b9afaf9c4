import Glibc
import Ledger
import Reconciliation
import Testing

@testable import Operations

/// `store.url` and what goes with it.
@Suite struct ServerTests {
    private func settings(_ store: String) throws(ConfigurationFailure) -> Settings {
        try Settings.parse(Array("{store: {\(store)}}".utf8), file: "c", servers: [.mysql, .postgresql])
    }

    private func problem(_ store: String) -> String? {
        do throws(ConfigurationFailure) {
            _ = try settings(store)
            return nil
        } catch {
            return error.problems.map { "\($0.key): \($0.message)" }.joined(separator: "\n")
        }
    }

    @Test(
        "an address is read",
        arguments: [
            ("mysql://app@db.example:3307/shop", ServerAddress(.mysql, "app", "db.example", 3307, "shop")),
            ("postgresql://app@db.example/shop", ServerAddress(.postgresql, "app", "db.example", nil, "shop")),
            ("MySQL://App@DB.example/Shop", ServerAddress(.mysql, "App", "db.example", nil, "Shop")),
            ("mysql://app@[::1]:3306/shop", ServerAddress(.mysql, "app", "::1", 3306, "shop")),
            ("mysql://app@[2001:db8::7]/shop", ServerAddress(.mysql, "app", "2001:db8::7", nil, "shop")),
            (
                "postgresql://bizgo%40corp@127.0.0.1/my%20%ED%95%9C",
                ServerAddress(.postgresql, "bizgo@corp", "127.0.0.1", nil, "my 한")
            ),
        ])
    func anAddressIsRead(url: String, expected: ServerAddress) throws {
        #expect(try settings("url: '\(url)'").store.place == .server(expected))
    }

    @Test("TLS is left out on this machine's own addresses alone")
    func loopback() {
        for (host, isLoopback) in [
            ("127.0.0.1", true), ("127.9.8.7", true), ("localhost", true), ("::1", true), ("127.1", false),
            ("127.0.0.example.com", false), ("127.0.0.256", false), ("10.0.0.1", false), ("db.example", false),
        ] {
            #expect(ServerAddress(.mysql, "app", host, nil, "shop").isLoopback == isLoopback, "\(host)")
        }
    }

    @Test(
        "what is wrong with an address is named",
        arguments: [
            ("mysql://db.example/shop", "no user before the host"), ("mysql://@db.example/shop", "no user before"),
            ("mysql://app@db.example", "no database behind the host"),
            ("mysql://app@db.example/", "no database behind the host"),
            ("mysql://app@db.example/shop/rows", "the table belongs into store.table"),
            ("mysql://app@/shop", "the host of the URL is missing"), ("mysql://app@[::1/shop", "the host of the URL"),
            ("mysql://app@h:0/shop", "from 1 to 65535"), ("mysql://app@h:65536/shop", "from 1 to 65535"),
            ("mysql://app@h:port/shop", "from 1 to 65535"), ("mysql://app@h:/shop", "from 1 to 65535"),
            ("mariadb://app@h/shop", "expected mysql://user@host:3306/database or postgresql://"),
            ("jdbc:mysql://h/shop", "no other scheme is known"), ("/var/lib/app.db", "store.path"),
            ("mysql://app@h/shop?ssl=0", "nothing behind the database"), ("mysql://app@h/shop#x", "nothing behind"),
            ("mysql://a%pp@h/shop", "a % in the user that encodes nothing"),
            ("mysql://app@h/sh%5", "a % in the database that encodes nothing"),
            ("mysql://a%0ab@h/shop", "the user, percent-decoded"), ("mysql://app@h/%ff", "the database, percent-dec"),
            ("mysql://app@h/my shop", "percent-encode the others"),
        ])
    func whatIsWrongWithAnAddressIsNamed(url: String, words: String) throws {
        let found = try #require(problem("url: '\(url)'"))
        #expect(found.hasPrefix("store.url: ") && found.contains(words), "\(found)")
    }

    @Test(
        "a password in it is refused, and not shown", arguments: ["app:hunter2", "app:hunter%32", ":hunter2", "app:"])
    func aPasswordInItIsRefusedAndNotShown(userInfo: String) throws {
        let found = try #require(problem("url: 'mysql://\(userInfo)@h/shop'"))
        #expect(found.hasPrefix("store.url: a password in the URL") && found.contains("store.password_file"))
        #expect(!found.contains("hunter"))
    }

    @Test(
        "the table is in one place",
        arguments: [
            (
                "path: '/n.db', url: 'mysql://a@h/s'",
                "store.url: path and url are both given; the table is in one place: keep one"
            ),
            (
                "path: '/n.db', password_file: '/p'",
                "store.password_file: belongs to store.url, which is missing; a file has no password"
            ),
            (
                "url: 7",
                "store.url: expected mysql://user@host:3306/database or postgresql://user@host:5432/database, found a number"
            ),
        ])
    func theTableIsInOnePlace(store: String, expected: String) {
        #expect(problem(store) == expected)
    }

    @Test("null is none") func nullIsNone() throws {
        #expect(try settings("path: '/n.db', url: null, password_file: null").store.place == .file("/n.db"))
        #expect(
            try settings("path: null, url: 'mysql://a@h/s'").store.place
                == .server(ServerAddress(.mysql, "a", "h", nil, "s")))
    }

    @Test("a server that the program cannot speak to is named with how it could", arguments: ["mysql", "postgresql"])
    func aServerThatTheProgramCannotSpeakToIsNamedWithHowItCould(scheme: String) throws {
        let trait = scheme == "mysql" ? "MySQL" : "PostgreSQL"
        let text = Array("{store: {\nurl: '\(scheme)://a@h/s'}}".utf8)
        let failure = #expect(throws: ConfigurationFailure.self) {
            try Settings.parse(text, file: "c", servers: [])
        }
        #expect(
            failure?.description
                == "c:2: store.url: this program was built without \(trait): build it with `swift build --traits"
                + " \(trait)`, or its package with `deploy/package --with \(scheme)`")
    }

    private func unlocked(
        _ store: String, _ environment: [String: String] = [:], _ files: [String: FileContent] = [:]
    ) throws(ConfigurationFailure) -> Secret? {
        let resolver = SecretResolver(
            environment: environment,
            files: FileReader { path in files[path].map(Result.success) ?? .failure(.system(ENOENT)) })
        guard case .server(let server) = try resolver.unlocked(settings(store)).store.place else { return nil }
        return server.password
    }

    @Test("the password is in a file, or a credential, or there is none")
    func thePasswordIsInAFileOrACredentialOrThereIsNone() throws {
        let environment = ["CREDENTIALS_DIRECTORY": "/c"]
        let files = [
            "/p": FileContent(bytes: Array("file\n".utf8), mode: 0o600, owner: 1),
            "/c/store-password": FileContent(bytes: Array("credential".utf8), mode: 0o440, owner: 0),
        ]
        let url = "url: 'mysql://a@h/s'"
        #expect(try unlocked("\(url), password_file: '/p'", environment, files) == Secret("file"))
        #expect(try unlocked(url, environment, files) == Secret("credential"))
        #expect(try unlocked(url, environment) == nil)
        #expect(try unlocked(url) == nil)
        #expect(try unlocked("path: '/n.db'", environment, files) == nil)
    }

    @Test("a password's file open to others, or missing, is an error")
    func aPasswordsFileOpenToOthersOrMissingIsAnError() {
        let open = ["/p": FileContent(bytes: Array("hunter2".utf8), mode: 0o644, owner: 1)]
        for (files, words) in [(open, "open to other users"), ([:], "cannot read /p")] {
            let failure = #expect(throws: ConfigurationFailure.self) {
                _ = try unlocked("url: 'mysql://a@h/s', password_file: '/p'", [:], files)
            }
            #expect(failure?.description.hasPrefix("store.password_file: ") == true)
            #expect(failure?.description.contains(words) == true)
        }
    }

    @Test("it is shown without a password") func itIsShownWithoutAPassword() {
        var server = ServerAddress(.mysql, "app", "2001:db8::7", 3306, "shop")
        server.password = Secret("hunter2")
        #expect(LedgerConfiguration.Place.server(server).text == "mysql://app@[2001:db8::7]:3306/shop")
        #expect(!"\(server)".contains("hunter2"))
    }
}

extension ServerAddress {
    fileprivate init(_ scheme: Scheme, _ user: String, _ host: String, _ port: Int?, _ database: String) {
        self.init(scheme: scheme, user: user, host: host, port: port, database: database)
    }
}
