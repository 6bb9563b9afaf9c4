import Engine
import Reconciliation
import Support
import Testing

/// Pings, with a scripted other side and virtual time.
@EventLoop
@Suite(.serialized) struct HeartbeatTests {
    private let time = VirtualTime()
    private let log = RecordingLog()
    private let other = OtherSide()
    private let heartbeat: Heartbeat

    init() {
        heartbeat = Heartbeat(
            url: "https://hb.example/uuid", interval: .seconds(300), transport: other, time: time, log: log)
    }

    private func cycle(_ isWorking: Bool, after pause: Duration = .seconds(60)) async {
        time.advance(by: pause)
        heartbeat.cycleEnded(isWorking: isWorking)
        await time.untilIdle()
    }

    @Test("a ping at most every interval, though cycles are more often")
    func interval() async {
        for _ in 0..<11 { await cycle(true) }
        #expect(other.urls == Array(repeating: "https://hb.example/uuid", count: 3))
        #expect(log.events.isEmpty)
    }

    @Test("a change of state is told at once, both ways, and its repetition every interval")
    func change() async {
        for isWorking in [true, true, false, false, true] { await cycle(isWorking) }
        #expect(other.urls == ["https://hb.example/uuid", "https://hb.example/uuid/fail", "https://hb.example/uuid"])
        for _ in 0..<6 { await cycle(false) }
        #expect(other.urls.suffix(2) == ["https://hb.example/uuid/fail", "https://hb.example/uuid/fail"])
        #expect(other.urls.count == 5)
    }

    @Test("what is not taken is tried after the next cycle, and logged the first time, without the address")
    func refused() async {
        other.result = .success(HTTPResponse(status: 503))
        for _ in 0..<4 { await cycle(true) }
        #expect(other.urls.count == 4)
        #expect(log.names == ["heartbeat.failed"])
        other.result = .success(HTTPResponse(status: 200))
        for _ in 0..<4 { await cycle(true) }
        #expect(other.urls.count == 5)
        #expect(log.names == ["heartbeat.failed", "heartbeat.recovered"])
        #expect(!log.events.description.contains("uuid"))
    }

    @Test("a redirect is no success, and says what to do")
    func redirect() async {
        other.result = .success(HTTPResponse(status: 302))
        await cycle(true)
        #expect(
            log.events.first?.fields.first?.value
                == .string(
                    "HTTP 302: redirects are not followed; name the address it leads to"))
    }

    @Test("one that hangs is never joined by another; afterwards the latest state is told, and only that")
    func hanging() async {
        other.hangs = true
        await cycle(true)
        for isWorking in [false, true, false] { await cycle(isWorking) }
        #expect(other.urls.count == 1)
        other.release()
        #expect(await eventually { other.urls.count > 1 })
        await time.untilIdle()
        #expect(other.urls == ["https://hb.example/uuid", "https://hb.example/uuid/fail"])
    }

    @Test(
        "/fail comes at the end of the path; the address to look at is another one",
        arguments: [
            ("https://hb.example/uuid", "https://hb.example/uuid/fail", "https://hb.example/robots.txt"),
            ("https://hb.example/uuid/", "https://hb.example/uuid/fail", "https://hb.example/robots.txt"),
            ("http://127.0.0.1:1/a?b=/c", "http://127.0.0.1:1/a/fail?b=/c", "http://127.0.0.1:1/robots.txt"),
            ("https://hb.example", "https://hb.example/fail", "https://hb.example/robots.txt"),
            ("https://hb.example?k=1", "https://hb.example/fail?k=1", "https://hb.example/robots.txt"),
        ])
    func addresses(url: String, failing: String, harmless: String) {
        let address = Heartbeat.Address(url)
        #expect(address.working == url)
        #expect(address.failing == failing)
        #expect(address.harmless == harmless)
    }
}

@EventLoop
private final class OtherSide: HTTPTransport {
    private(set) var urls: [String] = []
    var result: Result<HTTPResponse, TransportError> = .success(HTTPResponse(status: 200))
    var hangs = false
    private var held: CheckedContinuation<Void, Never>?

    nonisolated init() {}

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        urls.append(request.url)
        if hangs { await withCheckedContinuation { held = $0 } }
        return try result.get()
    }

    func release() {
        hangs = false
        held?.resume()
    }
}

@Suite @EventLoop struct SystemTimeTests {
    private let time = SystemTime()

    @Test("a sleep lasts as long as it should")
    func lasts() async throws {
        let before = time.uptime
        try await time.sleep(for: .milliseconds(30))
        #expect(time.uptime - before >= .milliseconds(30))
        try await time.sleep(for: .zero)
        try await time.sleep(for: .seconds(-1))
    }

    @Test("a sleep ends at once when its task is cancelled, before or during it")
    func cancelled() async {
        for pause in [Duration.zero, .milliseconds(20)] {
            let sleeper = Task { try await time.sleep(for: .seconds(600)) }
            if pause > .zero { try? await time.sleep(for: pause) }
            sleeper.cancel()
            guard case .failure(let error) = await sleeper.result else { Issue.record("slept"); continue }
            #expect(error is CancellationError)
        }
    }

    @Test("a thousand sleeps at a time end")
    func many() async {
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<1000 { group.addTask { await self.nap(index % 7) } }
        }
    }

    private func nap(_ milliseconds: Int) async {
        try? await time.sleep(for: .milliseconds(milliseconds))
    }
}
