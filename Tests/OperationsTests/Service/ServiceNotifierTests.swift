import Glibc
import Testing

@testable import Operations

@Suite struct ServiceNotifierTests {
    @Test(arguments: [true, false])
    func everyStateArrivesAsOneDatagram(isAbstract: Bool) {
        let socket = TestNotifySocket(isAbstract: isAbstract)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        #expect(notifier.isConnected)
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

    @Test func aStatusIsOneLineWhateverIsInIt() {
        let socket = TestNotifySocket(isAbstract: true)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket.name])
        notifier.send(.status("12 pending\nREADY=1\u{202e}" + String(repeating: "x", count: 1000)))
        #expect(socket.receive() == "STATUS=12 pending READY=1 " + String(repeating: "x", count: 481) + "…")
    }

    @Test(arguments: [[:], ["NOTIFY_SOCKET": ""]])
    func nobodyListeningIsNoFailure(environment: [String: String]) {
        let notifier = ServiceNotifier(environment: environment)
        #expect(!notifier.isConnected)
        #expect(notifier.send(.ready) == nil)
    }

    @Test func aSocketThatIsGoneIsAFailureAndNoCrash() {
        var socket: TestNotifySocket? = TestNotifySocket(isAbstract: false)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket!.name])
        #expect(notifier.send(.ready) == nil)
        socket = nil
        #expect(notifier.send(.watchdog) == .system(ENOENT))
        #expect(NotifyFailure.system(ENOENT).description.contains("No such file or directory"))
        socket = TestNotifySocket(isAbstract: true)
        let abstract = ServiceNotifier(environment: ["NOTIFY_SOCKET": socket!.name])
        socket = nil
        #expect(abstract.send(.watchdog) == .system(ECONNREFUSED))
    }

    @Test func aManagerThatDoesNotReadIsAFailureAfterASecond() {
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

    @Test(arguments: ["relative", "@", "/", "vsock:2:1", "/" + String(repeating: "x", count: 107), "/a\0b"])
    func aNameThatIsNoSocketsIsAFailure(name: String) {
        #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": name]).send(.ready) == .unusableName)
    }

    @Test func theLongestNamesAreTaken() {
        let path = "/" + String(repeating: "x", count: 106)
        #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": path]).send(.ready) == .system(ENOENT))
        let abstract = "@" + String(repeating: "x", count: 107)
        #expect(ServiceNotifier(environment: ["NOTIFY_SOCKET": abstract]).send(.ready) == .system(ECONNREFUSED))
    }

    @Test func theWatchdogIsForTheProcessItNames() {
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

    @Test func aReloadCarriesTheMonotonicTime() {
        guard case .reloading(let earlier) = ServiceState.reloadingNow(),
            case .reloading(let later) = ServiceState.reloadingNow()
        else { return }
        #expect(earlier > 0 && later >= earlier)
    }
}
