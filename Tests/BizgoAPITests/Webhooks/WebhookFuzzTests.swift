import BizgoAPI
import Engine
import Glibc
import HTTP
import Reconciliation
import Support
import Testing

/// Bytes made from good and bad requests by chance, from a seed, put to the parser and the reader as the listener does.
/// `FUZZED_REQUESTS=1000000` has it make as many; `deploy/test --full` does.
@Suite("Mutated webhooks", .timeLimit(.minutes(10)))
struct WebhookFuzzTests {
    private static let count = getenv("FUZZED_REQUESTS").flatMap { Int(String(cString: $0)) } ?? 10_000
    private static let words = [
        "\r\n", "\n", "\r\n\r\n", "0", "-1", "99999999999999999999", "Content-Length: ",
        "Transfer-Encoding: chunked\r\n",
        "X-Forwarded-For: 211.115.98.154\r\n", "\"", "\\", "\\u0000", "\\ud800", "{", "}", "[", "]", ",", ":", "null",
        "true",
        "1e999", "\u{0}", "\u{feff}", "\"msgKey\":\"other\"", "\"serviceType\":\"MO\"", "/cstalk/", " HTTP/1.1",
        "GET / ",
        "\u{ff}\u{fe}", "é", "Expect: 100-continue\r\n", "Host: x\r\n", "X-IB-Timestamp: 1\r\n", "%00", "?", "#",
    ].map { Array($0.utf8) }

    private struct Outcome {
        var requests = 0
        var taken = 0
        var slowest = Duration.zero
    }

    @Test("crash nothing, hang nowhere, keep nothing, and pass for nobody's report but the provider's")
    func mutations() throws {
        var random = SeededGenerator(seed: 12)
        let seeds = Self.seeds()
        var outcome = Outcome()
        var settled: Int?
        for round in 0..<Self.count {
            if round == Self.count / 10 { settled = Self.residentKiB() }
            Self.serve(Self.mutated(seeds, &random), &outcome)
        }
        #expect(outcome.requests > Self.count / 20)
        #expect(outcome.taken > 0)
        #expect(outcome.slowest < .seconds(2))
        // Beside other tests it is their memory as well.
        if Self.count >= 1_000_000, let settled, let now = Self.residentKiB() { #expect(now - settled < 16 * 1024) }
    }

    /// What the listener does with the bytes of one connection.
    private static func serve(_ bytes: [UInt8], _ outcome: inout Outcome) {
        var limits = RequestLimits()
        limits.body = 64 * 1024
        limits.takesChunks = false
        limits.wantsLength = true
        var parser = RequestParser(limits: limits)
        let began = computed()
        bytes.withUnsafeBytes { parser.append($0) }
        var served = 0
        while let request = try? parser.next() {
            served += 1
            outcome.requests += 1
            read(request, &outcome)
        }
        outcome.slowest = max(outcome.slowest, computed() - began)
        // The shortest request there is has 18 bytes.
        if served > bytes.count / 18 || parser.buffered > bytes.count { Issue.record("\(served) requests of \(bytes)") }
    }

    /// What this thread has computed so far: a busy machine may let it stand still for seconds.
    private static func computed() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    private static func read(_ request: ServerRequest, _ outcome: inout Outcome) {
        let path = "/webhook"
        guard request.method == "POST", request.path.hasPrefix(path) else { return }
        let origin = RequestOrigin(
            peer: IPAddress("127.0.0.1"), headers: request.headers.map { ($0.name, $0.value) },
            trusted: ["127.0.0.1"].compactMap { AddressRange($0) })
        let reading = reader.read(
            from: origin, suffix: String(request.path.dropFirst(path.count)), headers: request.headers,
            body: request.body, at: WebhookBench.now)
        let answer = JSONDocument(reading.answer)?.root
        if answer?.isObject != true { Issue.record("answered \(reading.answer)") }
        guard case .taken(let entry) = reading.verdict else { return }
        outcome.taken += 1
        let isSigned = WebhookBench.signed().allSatisfy { request.header($0.name)?.lowercased() == $0.value }
        let forwarded = request.headers.last { $0.name == "x-forwarded-for" }
        let isProviders = forwarded?.value.contains("211.115.98.154") == true
        if !isSigned || !isProviders || entry.code == nil || answer?.member("msgKey")?.text != entry.key.text {
            Issue.record("taken: \(request)")
        }
    }

    private static let reader = WebhookReader(
        allow: ["211.115.98.154"].compactMap { AddressRange($0) }, secrets: [WebhookBench.secret],
        tolerance: .seconds(300))

    private static func seeds() -> [[UInt8]] {
        let signed = WebhookBench.signed().map { "\($0.name): \($0.value)\r\n" }.joined()
        func post(_ body: String, path: String = "/webhook", _ headers: String) -> [UInt8] {
            Array(
                "POST \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)".utf8)
        }
        let forwarded = "X-Forwarded-For: 203.0.113.9, 211.115.98.154\r\n"
        let good = post(WebhookBench.report, forwarded + signed)
        return [
            good, good, good + good, post(WebhookBench.report, signed), post(WebhookBench.report, forwarded),
            post(#"{"msgKey":"key001","serviceType":"MO"}"#, forwarded + signed),
            post("{}", path: "/webhook/cstalk/message", ""),
            post(String(repeating: "[", count: 200) + String(repeating: "]", count: 200), forwarded + signed),
            post(
                #"{"msgKey":"a\u00e9\"\\b","serviceType":"ALIMTALK","reportTime":1,"reportType":2,"reportCode":10000}"#,
                forwarded + signed),
            Array("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".utf8),
            Array(
                "POST /webhook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n".utf8),
        ]
    }

    private static func mutated(_ seeds: [[UInt8]], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = seeds[Int.random(in: seeds.indices, using: &random)]
        for _ in 0..<Int.random(in: 0...5, using: &random) {
            let place = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 2: bytes.insert(contentsOf: words[Int.random(in: words.indices, using: &random)], at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...40, using: &random)))
            case 4: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 60)], at: place)
            default: bytes = Array(bytes[..<place]) + seeds[Int.random(in: seeds.indices, using: &random)].suffix(200)
            }
        }
        return bytes
    }

    private static func residentKiB() -> Int? {
        let file = fopen("/proc/self/statm", "r")
        guard let file else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 4 }
    }
}
