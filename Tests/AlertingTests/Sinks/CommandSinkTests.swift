import Engine
import FoundationEssentials
import Glibc
import Reconciliation
import Support
import Testing

@testable import Alerting

/// With real processes, each of which notes its number. Serialized for the count of pidfds.
@EventLoop
@Suite(.serialized)
struct CommandSinkTests {
    private let folder = TemporaryFolder()

    init() {
        // As the process does that has these sinks.
        signal(SIGPIPE, SIG_IGN)
    }

    private func shell(
        _ script: String, _ arguments: String..., limits: CommandLimits = CommandLimits(timeout: patience),
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> CommandSink {
        CommandSink(
            arguments: ["/bin/sh", "-c", "echo $$ >> \"$0\"; " + script, folder.file("pids")] + arguments,
            environment: environment, limits: limits)
    }

    private func content(_ name: String) throws -> String {
        try String(contentsOfFile: folder.file(name), encoding: .utf8)
    }

    /// Tells one that hangs, and writes to its file "$1" once it has begun. With more and more time, until it has: a busy
    /// machine may take longer for that than the command is given.
    private func tellHanging(_ script: String, _ name: String, _ told: Notification = .sample()) async -> Delivery {
        var delivery = Delivery.accepted
        for seconds in [1, 5, 25] {
            let limits = CommandLimits(timeout: .seconds(seconds), grace: .milliseconds(200))
            delivery = await shell(script, folder.file(name), limits: limits).deliver(told)
            if (try? content(name))?.isEmpty == false { break }
            await expectReaped()
            unlink(folder.file("pids"))
        }
        return delivery
    }

    /// Every one was reaped: no running child and no zombie.
    private func expectNoChild(of count: Int = 1) async {
        let reaped = await expectReaped()
        #expect(reaped == count)
    }

    /// Asks by number, for other tests have children too. One that was killed may take a while to end, which nobody waits for.
    /// - Returns: how many there were.
    @discardableResult
    private func expectReaped() async -> Int {
        let pids = (try? content("pids"))?.split(separator: "\n").compactMap { pid_t($0) } ?? []
        for pid in pids {
            let isReaped = await eventually { !Self.isChild(pid) }
            #expect(isReaped, "child \(pid) is left")
        }
        return pids.count
    }

    /// Whether it runs, or has ended and was not reaped; leaves it as it is.
    private static func isChild(_ pid: pid_t) -> Bool {
        var status = siginfo_t()
        return waitid(P_PID, id_t(pid), &status, WEXITED | WNOHANG | WNOWAIT) == 0
    }

    @Test("it is given the payload and takes it by exiting with 0")
    func payload() async throws {
        let sink = shell("cat > \"$1\"", folder.file("input"))
        #expect(await sink.deliver(.sample()) == .accepted)
        #expect(Array(try content("input").utf8) == HTTPPayload.webhook.body(.sample()))
        await expectNoChild()
    }

    @Test("any other exit status is a passing failure")
    func exitStatus() async {
        #expect(
            await shell("exit 3").deliver(.sample())
                == .failed(detail: "exit status 3", retryAfter: nil, permanent: false))
        #expect(
            await shell("kill -KILL $$").deliver(.sample())
                == .failed(detail: "ended by signal 9", retryAfter: nil, permanent: false))
        await expectNoChild(of: 2)
    }

    @Test("one that is broken off is told to end, and ended when it does not")
    func brokenOff() async throws {
        let sink = shell("trap '' TERM; echo > \"$1\"; sleep 600; sleep 600", folder.file("ready"))
        let delivery = Task { await sink.deliver(.sample()) }
        #expect(await eventually { FileManager.default.fileExists(atPath: folder.file("ready")) })
        sink.breakOff()
        #expect(await delivery.value == .failed(detail: "time-out", retryAfter: nil, permanent: false))
        await expectNoChild()
    }

    @Test("a missing or forbidden program is a permanent failure")
    func missing() async throws {
        let missing = CommandSink(arguments: [folder.file("missing")], environment: [:])
        #expect(
            await missing.deliver(.sample())
                == .failed(
                    detail: "cannot be started: no such program", cause: .program, retryAfter: nil, permanent: true))
        try "#!/bin/sh\n".write(toFile: folder.file("plain"), atomically: false, encoding: .utf8)
        let plain = CommandSink(arguments: [folder.file("plain")], environment: [:])
        #expect(
            await plain.deliver(.sample())
                == .failed(
                    detail: "cannot be started: not permitted", cause: .program, retryAfter: nil, permanent: true))
    }

    @Test("one that hangs is ended, and what it started too")
    func hanging() async throws {
        let delivery = await tellHanging("sleep 1000 & echo $! > \"$1\"; wait", "pid")
        #expect(delivery == .failed(detail: "time-out", retryAfter: nil, permanent: false))
        await expectNoChild()
        let grandchild = try #require(pid_t(try content("pid").trimmingPrefix(" ").prefix { $0.isNumber }))
        #expect(await eventually { kill(grandchild, 0) != 0 || Self.isZombie(grandchild) })
    }

    @Test("one that ignores SIGTERM is killed")
    func stubborn() async {
        let delivery = await tellHanging("trap '' TERM; echo > \"$1\"; while :; do sleep 0.05; done", "ready")
        #expect(delivery == .failed(detail: "time-out", retryAfter: nil, permanent: false))
        await expectNoChild()
    }

    @Test("one that does not read a large payload hangs nobody, and its exit status decides")
    func unread() async {
        let large = Notification.sample(summary: String(repeating: "x", count: 1 << 20))
        #expect(await shell("sleep 0.1; exit 0").deliver(large) == .accepted)
        #expect(
            await shell("exec <&-; sleep 0.1; exit 4").deliver(large)
                == .failed(detail: "exit status 4", retryAfter: nil, permanent: false))
        await expectNoChild(of: 2)
        unlink(folder.file("pids"))
        let delivery = await tellHanging("echo > \"$1\"; sleep 1000", "ready", large)
        #expect(delivery == .failed(detail: "time-out", retryAfter: nil, permanent: false))
        await expectNoChild()
    }

    @Test("a large payload arrives whole, though slowly read")
    func slowlyRead() async throws {
        let large = Notification.sample(summary: String(repeating: "y", count: 1 << 20))
        #expect(await shell("sleep 0.1; cat > \"$1\"", folder.file("input")).deliver(large) == .accepted)
        #expect(Array(try content("input").utf8) == HTTPPayload.webhook.body(large))
        await expectNoChild()
    }

    @Test("the loop goes on while it runs")
    func loop() async throws {
        let sink = shell("until [ -e \"$1\" ]; do sleep 0.01; done", folder.file("turned"))
        let delivery = Task { await sink.deliver(.sample()) }
        #expect(await eventually { FileManager.default.fileExists(atPath: folder.file("pids")) })
        try "".write(toFile: folder.file("turned"), atomically: false, encoding: .utf8)
        #expect(await delivery.value == .accepted)
        await expectNoChild()
    }

    @Test("it inherits the environment without secrets, and no open file")
    func inherited() async throws {
        let leaked = open(folder.path, O_RDONLY)  // without close-on-exec, as a careless library would
        defer { close(leaked) }
        let environment = [
            "PATH": "/usr/bin:/bin", "BIZGO_API_KEY": "secret", "CREDENTIALS_DIRECTORY": "/c", "NOTIFY_SOCKET": "/n",
            "HOME": "/h",
        ]
        let sink = shell(
            "env > \"$1\"; for f in /proc/self/fd/*; do readlink $f; done > \"$2\" 2>/dev/null; true",
            folder.file("env"), folder.file("files"), environment: environment)
        #expect(await sink.deliver(.sample()) == .accepted)
        let names = try content("env").split(separator: "\n").compactMap {
            $0.split(separator: "=").first.map(String.init)
        }
        #expect(names.contains("HOME"))
        #expect(names.contains("PATH"))
        #expect(Set(names).isDisjoint(with: ["BIZGO_API_KEY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET"]))
        #expect(try !content("files").split(separator: "\n").contains { $0 == folder.path })
        await expectNoChild()
    }

    @Test("many at once leave nothing behind")
    func many() async {
        let sinks = (0..<20).map { shell("exit \($0 % 2)") }
        let deliveries = sinks.map { sink in Task { await sink.deliver(.sample()) } }
        var taken = 0
        for delivery in deliveries where await delivery.value == .accepted { taken += 1 }
        #expect(taken == 10)
        await expectNoChild(of: 20)
        #expect(await eventually { openPidfds() == 0 })
    }

    private func openPidfds() -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        return names.count {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.contains("pidfd")
                == true
        }
    }

    private static func isZombie(_ pid: pid_t) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        return status?.contains(") Z ") ?? true
    }
}

@Suite struct ProgramSearchTests {
    private let folder = TemporaryFolder()

    private func make(_ path: String, mode: Int = 0o755) throws -> String {
        let file = folder.file(path)
        let parent = String(file[..<file.lastIndex(of: "/")!])
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: mode]))
        return file
    }

    @Test("a name is looked up in the folders of PATH, in their order")
    func order() throws {
        let first = try make("a/tool")
        _ = try make("b/tool")
        #expect(
            ProgramSearch.find("tool", path: "\(folder.file("none")):\(folder.file("a")):\(folder.file("b"))") == first)
        #expect(ProgramSearch.find("tool", path: folder.file("none")) == nil)
        #expect(ProgramSearch.find("", path: folder.file("a")) == nil)
    }

    @Test("what may not be run, and a folder, is passed over")
    func passedOver() throws {
        _ = try make("a/tool", mode: 0o644)
        _ = try make("b/tool/inside")
        let right = try make("c/tool")
        #expect(
            ProgramSearch.find("tool", path: "\(folder.file("a")):\(folder.file("b")):\(folder.file("c"))") == right)
    }

    @Test("a path is taken as it is, whatever PATH says")
    func path() throws {
        let tool = try make("a/tool")
        #expect(ProgramSearch.find(tool, path: nil) == tool)
        #expect(ProgramSearch.find(tool + "x", path: folder.file("a")) == nil)
        #expect(ProgramSearch.find(folder.file("a"), path: nil) == nil)
    }

    @Test("without a PATH it is the C library's, and an empty folder in it is the current one")
    func defaults() {
        #expect(ProgramSearch.find("sh", path: nil) == "/bin/sh")
        #expect(ProgramSearch.find("sh", path: "") == nil)
        #expect(ProgramSearch.find("sh", path: ":/bin") == "/bin/sh")
    }
}
