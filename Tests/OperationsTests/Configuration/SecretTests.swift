import Glibc
import Reconciliation
import Testing

@testable import Operations

@Suite struct SecretTests {
    /// A resolver over invented files.
    private func resolver(
        _ environment: [String: String] = [:], _ files: [String: FileContent] = [:]
    ) -> SecretResolver {
        SecretResolver(
            environment: environment,
            files: FileReader { path in files[path].map(Result.success) ?? .failure(.system(ENOENT)) })
    }

    private func file(_ text: String, mode: UInt32 = 0o600, owner: UInt32 = 1000) -> FileContent {
        FileContent(bytes: Array(text.utf8), mode: mode, owner: owner)
    }

    private func api(_ keyFile: String?) -> Settings.Api {
        var api = Settings.Api()
        api.keyFile = keyFile
        return api
    }

    private func failure(_ body: () throws(ConfigurationFailure) -> Void) -> String? {
        do throws(ConfigurationFailure) {
            try body()
            return nil
        } catch {
            return error.description
        }
    }

    private func keyFailure(_ content: FileContent?, path: String = "/k") -> String? {
        failure { () throws(ConfigurationFailure) in
            _ = try resolver([:], content.map { [path: $0] } ?? [:]).apiKey(api(path))
        }
    }

    @Test("the key file comes before the environment, and that before the credential")
    func theKeyFileComesBeforeTheEnvironmentBeforeTheCredential() throws {
        let environment = ["BIZGO_API_KEY": "env", "CREDENTIALS_DIRECTORY": "/run/credentials/x/"]
        let files = ["/k": file("file\n"), "/run/credentials/x/api-key": file("credential")]
        let all = resolver(environment, files)
        #expect(try all.apiKey(api("/k")).reveal() == "file")
        #expect(all.apiKeyOrigin(api("/k")) == .file(path: "/k"))
        #expect(try all.apiKey(api(nil)).reveal() == "env")
        #expect(all.apiKeyOrigin(api(nil)) == .environment(variable: "BIZGO_API_KEY"))
        let credential = resolver(["CREDENTIALS_DIRECTORY": "/run/credentials/x/"], files)
        #expect(try credential.apiKey(api(nil)).reveal() == "credential")
        #expect(credential.apiKeyOrigin(api(nil)) == .credential(path: "/run/credentials/x/api-key"))
        #expect(resolver().apiKeyOrigin(api(nil)) == nil)
    }

    @Test("a key file that is missing is not replaced by the environment")
    func aKeyFileThatIsMissingIsNotReplacedByTheEnvironment() {
        let found = failure { () throws(ConfigurationFailure) in
            _ = try resolver(["BIZGO_API_KEY": "env"]).apiKey(api("/k"))
        }
        #expect(
            found
                == "api.key_file: cannot read /k: No such file or directory; create it, readable by the service's user only"
        )
    }

    @Test("no key anywhere names every place") func noKeyAnywhereNamesEveryPlace() {
        for environment in [[:], ["CREDENTIALS_DIRECTORY": "/c"], ["CREDENTIALS_DIRECTORY": ""]] {
            let found = failure { () throws(ConfigurationFailure) in _ = try resolver(environment).apiKey(api(nil)) }
            #expect(found?.hasPrefix("api.key_file: no API key") == true)
            #expect(found?.contains("BIZGO_API_KEY") == true)
        }
    }

    @Test("one line end belongs to the file", arguments: ["hunter2", "hunter2\n", "hunter2\r\n", "!~"])
    func oneLineEndBelongsToTheFile(text: String) throws {
        let key = try resolver([:], ["/k": file(text)]).apiKey(api("/k")).reveal()
        #expect(key == text.filter { !$0.isNewline })
    }

    @Test(
        "any other space is an error and never trimmed",
        arguments: [
            "hunter2\n\n", " hunter2", "hunter2 ", "hunter2\r", "hunter2\n\r\n", "hun ter2", "hunter2\t", "hunter2é",
            "hunter2\u{7f}", "\u{feff}hunter2", "hunter2\0", "hunter2\u{a0}",
        ])
    func anyOtherSpaceIsAnErrorAndNeverTrimmed(text: String) {
        let found = keyFailure(file(text))
        #expect(found?.hasPrefix("api.key_file: /k has white space or other characters") == true)
        #expect(found?.contains("hunter2") == false)
        let fromEnvironment = failure { () throws(ConfigurationFailure) in
            _ = try resolver(["BIZGO_API_KEY": text]).apiKey(api(nil))
        }
        #expect(fromEnvironment?.contains("the environment variable BIZGO_API_KEY has white space") == true)
        #expect(fromEnvironment?.contains("hunter2") == false)
    }

    @Test("the environment has no line end of its own") func theEnvironmentHasNoLineEndOfItsOwn() {
        #expect(
            failure { () throws(ConfigurationFailure) in _ = try resolver(["BIZGO_API_KEY": "k\n"]).apiKey(api(nil)) }
                != nil)
    }

    @Test("empty is an error everywhere") func emptyIsAnErrorEverywhere() {
        #expect(keyFailure(file("")) == "api.key_file: /k is empty; put the secret there")
        #expect(keyFailure(file("\n")) == "api.key_file: /k is empty; put the secret there")
        let found = failure { () throws(ConfigurationFailure) in
            _ = try resolver(["BIZGO_API_KEY": ""]).apiKey(api(nil))
        }
        #expect(found == "api: the environment variable BIZGO_API_KEY is empty; put the secret there")
    }

    @Test("bytes that are no text are an error") func bytesThatAreNoTextAreAnError() {
        let content = FileContent(bytes: [0x6b, 0xff], mode: 0o600, owner: 0)
        #expect(keyFailure(content) == "api.key_file: /k is not text; a secret is visible ASCII")
    }

    @Test("a file open to others is an error", arguments: [0o640, 0o604, 0o660, 0o644, 0o620, 0o601, 0o610, 0o777])
    func aFileOpenToOthersIsAnError(mode: Int) {
        let found = keyFailure(file("hunter2", mode: UInt32(mode)))
        #expect(found?.hasPrefix("api.key_file: /k is open to other users (mode 0") == true)
        #expect(found?.contains("chmod 600") == true)
    }

    @Test("a file of one's own is not", arguments: [0o600, 0o400, 0o700])
    func aFileOfOnesOwnIsNot(mode: Int) {
        #expect(keyFailure(file("hunter2", mode: UInt32(mode))) == nil)
    }

    @Test(
        "systemd's credentials may show group permission",
        arguments: [
            ("/c/api-key", UInt32(0o440), UInt32(0), true), ("/c/api-key", 0o400, 0, true),
            ("/c/api-key", 0o444, 0, false),
            ("/c/api-key", 0o440, 1000, false), ("/c/../k", 0o440, 0, false), ("/cc/api-key", 0o440, 0, false),
            ("/c/api-key", 0o400, 1000, true), ("/c/api-key", 0o640, 0, false),
        ])
    func systemdsCredentialsMayShowGroupPermission(path: String, mode: UInt32, owner: UInt32, isRight: Bool) {
        let resolver = resolver(["CREDENTIALS_DIRECTORY": "/c"], [path: file("k", mode: mode, owner: owner)])
        let found = failure { () throws(ConfigurationFailure) in _ = try resolver.apiKey(api(path)) }
        #expect((found == nil) == isRight)
    }

    @Test("a secret written where its file belongs is not shown") func aSecretWrittenWhereItsFileBelongsIsNotShown() {
        let found = failure { () throws(ConfigurationFailure) in _ = try resolver().apiKey(api("hunter2")) }
        #expect(found?.contains("hunter2") == false)
        #expect(found?.hasPrefix("api.key_file: cannot read the file it names: No such file") == true)
    }

    @Test("omni needs its password and no key") func omniNeedsItsPasswordAndNoKey() throws {
        var omni = Settings.Api()
        omni.generation = .omni
        omni.clientPasswordFile = "/p"
        #expect(try resolver([:], ["/p": file("hunter2\n")]).credential(omni).reveal() == "hunter2")
        #expect(try resolver([:], ["/k": file("key")]).credential(api("/k")).reveal() == "key")
        for (content, words) in [
            (file("hunter2", mode: 0o644), "is open to other users"), (file("hunter2 \n"), "has white space"),
            (file("\n"), "is empty"), (nil, "cannot read"),
        ] {
            let found = failure { () throws(ConfigurationFailure) in
                _ = try resolver(["BIZGO_API_KEY": "env"], content.map { ["/p": $0] } ?? [:]).credential(omni)
            }
            #expect(found?.hasPrefix("api.client_password_file: ") == true)
            #expect(found?.contains(words) == true)
            #expect(found?.contains("hunter2") == false)
        }
    }

    @Test("printing shows nothing") func printingShowsNothing() {
        let secret = Secret("hunter2")
        var dumped = ""
        dump([secret], to: &dumped)
        let texts = [
            "\(secret)", String(reflecting: secret), String(describing: [secret]), dumped, "\(Optional(secret) as Any)",
        ]
        for text in texts { #expect(!text.contains("hunter2")) }
        #expect(secret.reveal() == "hunter2")
        #expect(secret == Secret("hunter2"))
        #expect(secret != Secret("hunter3"))
    }

    @Test("real files are read with their permissions") func realFilesAreReadWithTheirPermissions() throws {
        try withTemporaryDirectory { directory in
            let path = "\(directory)/api-key"
            try write("hunter2\n", to: path, mode: 0o600)
            let resolver = SecretResolver(environment: [:])
            #expect(try resolver.apiKey(api(path)).reveal() == "hunter2")
            try write("hunter2\n", to: path, mode: 0o644)
            let found = failure { () throws(ConfigurationFailure) in _ = try resolver.apiKey(api(path)) }
            #expect(found?.contains("(mode 0644)") == true)
        }
    }
}

@Suite struct SinkSecretTests {
    private func resolver(_ files: [String: String]) -> SecretResolver {
        SecretResolver(
            environment: [:],
            files: FileReader { path in
                guard let text = files[path] else { return .failure(.system(ENOENT)) }
                return .success(FileContent(bytes: Array(text.utf8), mode: 0o600, owner: 1000))
            })
    }

    private func sink(_ text: String) throws -> Settings.Sink {
        try settings("{alerts: {sinks: [\(text)]}}").alerts.sinks[0]
    }

    @Test("an address comes from the file or the configuration")
    func anAddressComesFromTheFileOrTheConfiguration() throws {
        let resolver = resolver(["/u": "https://hooks.example/T0/B0?x\n"])
        #expect(
            try resolver.address(of: sink("{type: 'slack', url_file: '/u'}"))?.reveal()
                == "https://hooks.example/T0/B0?x")
        #expect(try resolver.address(of: sink("{type: 'webhook', url: 'https://h'}"))?.reveal() == "https://h")
        #expect(try resolver.address(of: sink("{type: 'log'}")) == nil)
        #expect(try resolver.address(of: sink("{type: 'command', argv: ['x']}")) == nil)
        #expect(try resolver.address(of: sink("{type: 'pagerduty', routing_key_file: '/r'}")) == nil)
    }

    @Test("a routing key comes from its file") func aRoutingKeyComesFromItsFile() throws {
        let resolver = resolver(["/r": "R0UTE"])
        #expect(try resolver.routingKey(of: sink("{type: 'pagerduty', routing_key_file: '/r'}"))?.reveal() == "R0UTE")
        #expect(try resolver.routingKey(of: sink("{type: 'log'}")) == nil)
    }

    @Test(
        "an address in a file is checked too",
        arguments: [
            ("slack", "http://hooks.example/hunter2", "in /u: expected https://"),
            ("slack", "hunter2", "in /u: expected a URL"),
            ("slack", "https://h/a b hunter2", "/u has white space"), ("slack", "", "/u is empty"),
            ("webhook", "https://h/#hunter2", "in /u: a URL with a fragment"),
        ])
    func anAddressInAFileIsCheckedToo(type: String, text: String, reason: String) throws {
        let sink = try sink("{type: '\(type)', name: 'ops', url_file: '/u'}")
        let inspection = resolver(["/u": text, "/pw": "x"]).inspect(only(sink))
        #expect(inspection.problems.count == 1)
        #expect(inspection.problems[0].description.hasPrefix("alerts.sinks[\"ops\"].url_file: \(reason)"))
        #expect(!inspection.problems[0].description.contains("hunter2"))
    }

    @Test("an inspection finds everything") func anInspectionFindsEverything() throws {
        var settings = try settings(
            """
            {api: {key_file: '/none'}, heartbeat: {url_file: '/http'}, alerts: {sinks: [{type: 'log'},
             {type: 'webhook', url_file: '/http'}, {type: 'slack', url_file: '/http'},
             {type: 'pagerduty', routing_key_file: '/none'}]}}
            """)
        let resolver = resolver(["/http": "http://h.example", "/p": "pw"])
        let inspection = resolver.inspect(settings)
        #expect(
            inspection.problems.map(\.key) == [
                "api.key_file", "alerts.sinks[\"slack\"].url_file", "alerts.sinks[\"pagerduty\"].routing_key_file",
                "heartbeat.url_file",
            ])
        #expect(inspection.warnings.map(\.key) == ["alerts.sinks[\"webhook\"].url_file"])

        settings.api.generation = .omni
        settings.api.clientPasswordFile = "/p"
        #expect(!resolver.inspect(settings).problems.contains { $0.key.hasPrefix("api") })
        #expect(try resolver.clientPassword(settings.api).reveal() == "pw")
        settings.api.clientPasswordFile = nil
        #expect(resolver.inspect(settings).problems.first?.key == "api.client_password_file")
    }

    /// Settings with one sink, and a key that is there.
    private func only(_ sink: Settings.Sink) -> Settings {
        var settings = Settings()
        settings.api.generation = .omni
        settings.api.clientPasswordFile = "/pw"
        settings.alerts.sinks = [sink]
        return settings
    }
}

@Suite struct CertificateFileTests {
    private static let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

    private func api(_ path: String?) -> Settings.Api {
        var api = Settings.Api()
        api.caFile = path
        return api
    }

    private func problem(_ read: Result<String, FileFailure>) -> String? {
        let files = FileReader { _ in read.map { FileContent(bytes: Array($0.utf8), mode: 0o644, owner: 0) } }
        return CertificateFile(files: files).problem(api("/ca.pem"), in: "config.json5")?.description
    }

    @Test("no file is no problem") func noFileIsNoProblem() {
        #expect(CertificateFile().problem(api(nil), in: "config.json5") == nil)
    }

    @Test(
        "a certificate is found",
        arguments: [
            certificate, "# our own\r\n" + certificate, "\u{feff}text\n\n" + certificate + certificate,
            "-----BEGIN TRUSTED CERTIFICATE-----\nMIIB\n",
        ])
    func aCertificateIsFound(text: String) {
        #expect(problem(.success(text)) == nil)
    }

    @Test(
        "a file without one is a problem",
        arguments: [
            "", "\n", "certificate", "-----BEGIN PRIVATE KEY-----\nMIIB\n", "-----BEGIN CERTIFICATE REQUEST-----\n",
            "-----BEGIN CERTIFICATE",
        ])
    func aFileWithoutOneIsAProblem(text: String) {
        let found = problem(.success(text)) ?? ""
        #expect(found.hasPrefix("config.json5: api.ca_file: /ca.pem has no certificate in it"))
        #expect(found.contains("name a PEM file"))
    }

    @Test(
        "a file that cannot be read is a problem",
        arguments: [
            (FileFailure.system(ENOENT), "No such file or directory"), (.system(EACCES), "Permission denied"),
            (.notAFile, "not a regular file"), (.tooLarge(than: CertificateFile.largest), "larger than 16 MiB"),
        ])
    func aFileThatCannotBeReadIsAProblem(failure: FileFailure, words: String) {
        let remedy = "name a PEM file that the service's user can read, or null for the system's certificates"
        #expect(
            problem(.failure(failure)) == "config.json5: api.ca_file: cannot read /ca.pem: \(words); \(remedy)")
    }

    @Test("files are really read") func filesAreReallyRead() throws {
        try withTemporaryDirectory { folder in
            #expect(CertificateFile().problem(api(folder), in: "c")?.message.contains("not a regular file") == true)
            try write(String(repeating: "#\n", count: 1 << 20) + Self.certificate, to: "\(folder)/ca.pem", mode: 0o644)
            #expect(CertificateFile().problem(api("\(folder)/ca.pem"), in: "c") == nil)
        }
    }
}
