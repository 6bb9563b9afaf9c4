import Glibc
import Support
import Testing

@testable import Operations

@Suite struct ServiceNotifierTests {
    @Test("every state arrives as one datagram", arguments: [true, false])
    func everyStateArrivesAsOneDatagram(isAbstract: Bool) {
        let socket = TestNotifySocket(isAbstract: isAbstract)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        #expect(notifier.send(.ready, .status("ok")) == nil)
        #expect(notifier.send(.watchdog) == nil)
        #expect(notifier.send(.reloading(monotonicMicroseconds: 123)) == nil)
        #expect(notifier.send(.stopping) == nil)
        #expect(socket.receive() == "READY=1\nSTATUS=ok")
        #expect(socket.receive() == "WATCHDOG=1")
        #expect(socket.receive() == "RELOADING=1\nMONOTONIC_USEC=123")
        #expect(socket.receive() == "STOPPING=1")
        #expect(socket.receive() == nil)
    }

    @Test("a status is one line, whatever is in it") func aStatusIsOneLineWhateverIsInIt() {
        let socket = TestNotifySocket(isAbstract: true)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        notifier.send(.status("12 pending\nREADY=1\u{202e}" + String(repeating: "x", count: 1000)))
        #expect(socket.receive() == "STATUS=12 pending READY=1 " + String(repeating: "x", count: 481) + "…")
    }

    @Test("nobody listening is no failure", arguments: [[:], ["NOTIFY_SOCKET": ""]])
    func nobodyListeningIsNoFailure(environment: [String: String]) {
        let notifier = ServiceNotifier(environment: environment)
        #expect(notifier.send(.ready) == nil)
    }

    @Test("a socket that is gone is a failure and no crash") func aSocketThatIsGoneIsAFailureAndNoCrash() {
        var socket: TestNotifySocket? = TestNotifySocket(isAbstract: false)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket!.name])
        #expect(notifier.send(.ready) == nil)
        socket = nil
        #expect(notifier.send(.watchdog) == .system(ENOENT))
        socket = TestNotifySocket(isAbstract: true)
        let abstract = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket!.name])
        socket = nil
        // At once, but for a program that another test starts: it has a copy of the socket until it is executed.
        let end = ContinuousClock.now + patience
        var failure = abstract.send(.watchdog)
        while failure != .system(ECONNREFUSED), ContinuousClock.now < end {
            usleep(1000)
            failure = abstract.send(.watchdog)
        }
        #expect(failure == .system(ECONNREFUSED))
    }

    @Test("a manager that does not read is a failure after a second")
    func aManagerThatDoesNotReadIsAFailureAfterASecond() {
        let socket = TestNotifySocket(isAbstract: true)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        var failure: NotifyFailure?
        var sent = 0
        while failure == nil, sent < 100_000 {
            failure = notifier.send(.watchdog)
            sent += 1
        }
        #expect(failure == .system(EAGAIN))
        #expect(socket.receive() == "WATCHDOG=1")
        #expect(notifier.send(.watchdog) == nil)
    }

    @Test(
        "a name that is no socket's is a failure",
        arguments: ["relative", "@", "/", "vsock:2:1", "/" + String(repeating: "x", count: 107), "/a\0b"])
    func aNameThatIsNoSocketsIsAFailure(name: String) {
        #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": name]).send(.ready) == .unusableName)
    }

    @Test("the longest names are taken") func theLongestNamesAreTaken() {
        let path = "/" + String(repeating: "x", count: 106)
        #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": path]).send(.ready) == .system(ENOENT))
        let abstract = "@" + String(repeating: "x", count: 107)
        #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": abstract]).send(.ready) == .system(ECONNREFUSED))
    }

    @Test("the watchdog is for the process it names") func theWatchdogIsForTheProcessItNames() {
        func interval(_ environment: [String: String]) -> Duration? {
            ServiceNotifier(environment: environment, processID: 42).watchdogInterval
        }
        #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]) == .seconds(30))
        #expect(interval(["WATCHDOG_USEC": "1500"]) == .microseconds(1500))
        #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "41"]) == nil)
        #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "x"]) == nil)
        for text in ["", "0", "-1", "30s"] { #expect(interval(["WATCHDOG_USEC": text]) == nil) }
        #expect(interval([:]) == nil)
    }

    @Test("a reload carries the monotonic time") func aReloadCarriesTheMonotonicTime() {
        guard case .reloading(let earlier) = ServiceState.reloadingNow(),
            case .reloading(let later) = ServiceState.reloadingNow()
        else { return }
        #expect(earlier > 0)
        #expect(later >= earlier)
    }
}

/// A service manager's end: a real datagram socket.
final class TestNotifySocket {
    let name: String
    private let descriptor: Int32

    /// A random name in the abstract namespace or in the temporary directory.
    init(isAbstract: Bool) {
        let unique = "notify-tests-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        name = isAbstract ? "@\(unique)" : "/tmp/\(unique)"
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = (isAbstract ? [0] : []) + Array(name.utf8.dropFirst(isAbstract ? 1 : 0))
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(2 + bytes.count + (isAbstract ? 0 : 1))
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        precondition(result == 0)
    }

    deinit {
        close(descriptor)
        if name.hasPrefix("/") { unlink(name) }
    }

    /// The next datagram that is already there.
    func receive() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return count < 0 ? nil : String(decoding: buffer[..<count], as: UTF8.self)
    }
}
