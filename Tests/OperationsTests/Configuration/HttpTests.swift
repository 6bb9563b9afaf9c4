import Glibc
import Reconciliation
import Testing

@testable import Operations

/// `http` and `webhook`.
@Suite struct HttpTests {
    private func problems(_ text: String) -> String? {
        do throws(ConfigurationFailure) {
            _ = try Settings.parse(Array(text.utf8), file: "c")
            return nil
        } catch {
            return error.problems.map { "\($0.key): \($0.message)" }.joined(separator: "\n")
        }
    }

    @Test(
        "it listens on loopback, a Unix socket, or what systemd opened",
        arguments: [
            ("127.0.0.1:8089", "127.0.0.1"), ("127.1.2.3:1", "127.1.2.3"), ("[::1]:65535", "::1"),
            ("[::ffff:127.0.0.1]:8089", "127.0.0.1"),
        ])
    func loopback(listen: String, address: String) throws {
        let port = UInt16(listen.split(separator: ":").last ?? "")
        #expect(
            try settings("{http: {listen: '\(listen)'}}").http.listen
                == .port(try #require(IPAddress(address)), try #require(port)))
    }

    @Test("a socket's path is whole") func unixSocket() throws {
        #expect(try settings("{http: {listen: 'unix:/run/x/http'}}").http.listen == .unix(path: "/run/x/http"))
        #expect(try settings("{http: {listen: 'systemd'}}").http.listen == .systemd)
        #expect(try settings("{http: {listen: null}}").http.listen == nil)
        let long = "/" + String(repeating: "x", count: 106)
        #expect(try settings("{http: {listen: 'unix:\(long)'}}").http.listen == .unix(path: long))
    }

    @Test(
        "what is no place to listen is refused with the forms there are",
        arguments: [
            "", "8089", ":8089", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:080",
            "::1:8089",
            "[::1]", "[127.0.0.1]:8089", "localhost:8089", "*:8089", "127.0.0.1:8089/", "http://127.0.0.1:8089",
            "SYSTEMD",
        ])
    func noPlace(listen: String) {
        #expect(
            problems("{http: {listen: '\(listen)'}}")
                == "http.listen: expected \"127.0.0.1:8089\", \"[::1]:8089\", \"unix:PATH\" or \"systemd\", found \"\(listen)\""
        )
    }

    @Test(
        "what others could connect to is refused, and why",
        arguments: ["0.0.0.0", "192.0.2.1", "[::]", "[2001:db8::1]"])
    func open(host: String) throws {
        let problem = try #require(problems("{http: {listen: '\(host):8089'}}"))
        #expect(problem.contains("is open to other machines"))
        #expect(problem.contains("behind a proxy that takes https"))
    }

    @Test(
        "a socket's path that is none is refused",
        arguments: [
            ("unix:", "whole path"), ("unix:http", "whole path"), ("unix:/run/", "whole path"),
            ("unix://", "whole path"),
            ("unix:/" + String(repeating: "x", count: 107), "at most 107 bytes, this one 108"),
        ])
    func noPath(listen: String, words: String) throws {
        #expect(try #require(problems("{http: {listen: '\(listen)'}}")).contains(words))
    }

    @Test("addresses are read strictly", arguments: ["trusted_proxies", "pages_for"])
    func addresses(key: String) throws {
        let read = try settings("{http: {\(key): ['10.0.0.0/8', '::1']}}").http
        let ranges = ["10.0.0.0/8", "::1"].compactMap { AddressRange($0) }
        #expect((key == "pages_for" ? read.pagesFor : read.trustedProxies) == ranges)
        for bad in ["10.0.0.1/8", "10.0.0", "localhost", ""] {
            let problem = try #require(problems("{http: {\(key): ['::1', '\(bad)']}}"))
            #expect(problem.hasPrefix("http.\(key): expected addresses such as"))
            #expect(problem.hasSuffix("found \"\(bad)\""))
        }
        #expect(problems("{http: {\(key): [1]}}") != nil)
        #expect(problems("{http: {\(key): '::1'}}") == "http.\(key): expected a list of addresses, found \"::1\"")
    }

    @Test("to trust everybody is allowed, and warned of", arguments: ["0.0.0.0/0", "::/0"])
    func trust(range: String) throws {
        let warnings = try settings("{http: {trusted_proxies: ['\(range)']}}").warnings
        #expect(warnings.map(\.key) == ["http.trusted_proxies"])
    }

    @Test(
        "the webhook has a path of its own",
        arguments: [
            "", "/", "hook", "/hook/", "/a b", "/a?b", "/a#b", "/metrics", "/healthz", "/readyz", "/record", "/é",
        ])
    func path(path: String) throws {
        #expect(try #require(problems("{webhook: {path: '\(path)'}}")).hasPrefix("webhook.path: "))
    }

    @Test("somebody is allowed")
    func allow() throws {
        #expect(try #require(problems("{webhook: {allow: []}}")).hasPrefix("webhook.allow: empty"))
        #expect(problems("{webhook: {allow: ['x']}}") != nil)
    }

    @Test(
        "there are two secrets at most, and what may be one is not shown",
        arguments: ["['a','b','c']", "'a'", "[1]", "['']"])
    func secrets(files: String) throws {
        let problem = try #require(problems("{webhook: {secret_files: \(files)}}"))
        #expect(problem.hasPrefix("webhook.secret_files: expected a list of at most 2 paths of files, found"))
    }

    @Test("a signature is not taken for days")
    func tolerance() {
        #expect(problems("{webhook: {tolerance: '2d'}}") != nil)
        #expect(problems("{webhook: {tolerance: '0s'}}") != nil)
    }

    @Test("a secret's file is read like the others, and what is wrong names its place")
    func secretFiles() throws {
        let files = [
            "/one": FileContent(bytes: Array("first\n".utf8), mode: 0o600, owner: 0),
            "/open": FileContent(bytes: Array("x".utf8), mode: 0o644, owner: 0),
        ]
        let resolver = SecretResolver(
            environment: [:], files: FileReader { path in files[path].map(Result.success) ?? .failure(.system(ENOENT)) }
        )
        var webhook = Settings.Webhook()
        #expect(try resolver.webhookSecrets(webhook).isEmpty)
        webhook.secretFiles = ["/one"]
        #expect(try resolver.webhookSecrets(webhook) == [Secret("first")])
        for (bad, word) in [("/none", "cannot read /none"), ("/open", "chmod 600")] {
            webhook.secretFiles = ["/one", bad]
            #expect {
                try resolver.webhookSecrets(webhook)
            } throws: {
                "\($0)".contains("webhook.secret_files[1]") && "\($0)".contains(word)
            }
        }
        var settings = Settings()
        settings.webhook = webhook
        #expect(resolver.inspect(settings).problems.contains { $0.key == "webhook.secret_files[1]" })
    }

    @Test("reports come by themselves where they are fetched, or where the daemon listens")
    func arrival() throws {
        #expect(try settings("{}").reportArrival == .elsewhere)
        #expect(try settings("{http: {listen: 'systemd'}}").reportArrival == .webhook)
        #expect(try settings("{api: {report_method: 'polling'}}").reportArrival == .polling)
        #expect(try settings("{api: {report_method: 'polling'}, http: {listen: 'systemd'}}").reportArrival == .polling)
    }

    @Test("nothing is written over the socket or a secret")
    func clashes() {
        #expect(problems("{http: {listen: 'unix:/run/h'}, metrics: {textfile: '/run/h'}}") != nil)
        #expect(problems("{webhook: {secret_files: ['/a', '/b']}, status_page: {file: '/b'}}") != nil)
    }
}
