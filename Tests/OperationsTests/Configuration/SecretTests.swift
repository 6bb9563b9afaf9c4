import Glibc
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

    @Test func theKeyFileComesBeforeTheEnvironmentBeforeTheCredential() throws {
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

    @Test func aKeyFileThatIsMissingIsNotReplacedByTheEnvironment() {
        let found = failure { () throws(ConfigurationFailure) in
            _ = try resolver(["BIZGO_API_KEY": "env"]).apiKey(api("/k"))
        }
        #expect(
            found
                == "api.key_file: cannot read /k: No such file or directory; create it, readable by the service's user only"
        )
    }

    @Test func noKeyAnywhereNamesEveryPlace() {
        for environment in [[:], ["CREDENTIALS_DIRECTORY": "/c"], ["CREDENTIALS_DIRECTORY": ""]] {
            let found = failure { () throws(ConfigurationFailure) in _ = try resolver(environment).apiKey(api(nil)) }
            #expect(found?.hasPrefix("api.key_file: no API key") == true)
            #expect(found?.contains("BIZGO_API_KEY") == true)
        }
    }

    @Test(arguments: ["hunter2", "hunter2\n", "hunter2\r\n", "!~"])
    func oneLineEndBelongsToTheFile(text: String) throws {
        let key = try resolver([:], ["/k": file(text)]).apiKey(api("/k")).reveal()
        #expect(key == text.filter { !$0.isNewline })
    }

    @Test(arguments: [
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

    @Test func theEnvironmentHasNoLineEndOfItsOwn() {
        #expect(
            failure { () throws(ConfigurationFailure) in _ = try resolver(["BIZGO_API_KEY": "k\n"]).apiKey(api(nil)) }
                != nil)
    }

    @Test func emptyIsAnErrorEverywhere() {
        #expect(keyFailure(file("")) == "api.key_file: /k is empty; put the secret there")
        #expect(keyFailure(file("\n")) == "api.key_file: /k is empty; put the secret there")
        let found = failure { () throws(ConfigurationFailure) in
            _ = try resolver(["BIZGO_API_KEY": ""]).apiKey(api(nil))
        }
        #expect(found == "api: the environment variable BIZGO_API_KEY is empty; put the secret there")
    }

    @Test func bytesThatAreNoTextAreAnError() {
        let content = FileContent(bytes: [0x6b, 0xff], mode: 0o600, owner: 0)
        #expect(keyFailure(content) == "api.key_file: /k is not text; a secret is visible ASCII")
    }

    @Test(arguments: [0o640, 0o604, 0o660, 0o644, 0o620, 0o601, 0o610, 0o777])
    func aFileOpenToOthersIsAnError(mode: Int) {
        let found = keyFailure(file("hunter2", mode: UInt32(mode)))
        #expect(found?.hasPrefix("api.key_file: /k is open to other users (mode 0") == true)
        #expect(found?.contains("chmod 600") == true)
    }

    @Test(arguments: [0o600, 0o400, 0o700])
    func aFileOfOnesOwnIsNot(mode: Int) {
        #expect(keyFailure(file("hunter2", mode: UInt32(mode))) == nil)
    }

    @Test(arguments: [
        ("/c/api-key", UInt32(0o440), UInt32(0), true), ("/c/api-key", 0o400, 0, true), ("/c/api-key", 0o444, 0, false),
        ("/c/api-key", 0o440, 1000, false), ("/c/../k", 0o440, 0, false), ("/cc/api-key", 0o440, 0, false),
        ("/c/api-key", 0o400, 1000, true), ("/c/api-key", 0o640, 0, false),
    ])
    func systemdsCredentialsMayShowGroupPermission(path: String, mode: UInt32, owner: UInt32, isRight: Bool) {
        let resolver = resolver(["CREDENTIALS_DIRECTORY": "/c"], [path: file("k", mode: mode, owner: owner)])
        let found = failure { () throws(ConfigurationFailure) in _ = try resolver.apiKey(api(path)) }
        #expect((found == nil) == isRight)
    }

    @Test func aSecretWrittenWhereItsFileBelongsIsNotShown() {
        let found = failure { () throws(ConfigurationFailure) in _ = try resolver().apiKey(api("hunter2")) }
        #expect(found?.contains("hunter2") == false)
        #expect(found?.hasPrefix("api.key_file: cannot read the file it names: No such file") == true)
    }

    @Test func omniNeedsItsPasswordAndNoKey() throws {
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
            #expect(found?.hasPrefix("api.client_password_file: ") == true && found?.contains(words) == true)
            #expect(found?.contains("hunter2") == false)
        }
    }

    @Test func printingShowsNothing() {
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

    @Test func realFilesAreReadWithTheirPermissions() throws {
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
