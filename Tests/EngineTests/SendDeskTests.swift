import Engine
import Ledger
import Reconciliation
import Support
import Testing

/// Sends carried out over a real ledger, by a provider that can keep its answers to itself.
@EventLoop
@Suite struct SendDeskTests {
    private let stage = SendStage()

    @Test("accepted: the keys are noted, and nothing is left to do")
    func accepted() async throws {
        let key = try await stage.begin(3)
        await stage.desk().workOnce()
        #expect(try await stage.story(key).isClosed)
        #expect(try await stage.story(key).accepted == stage.provider.keys(of: key))
        #expect(stage.provider.requests == 1)
        #expect(stage.log.events.map(\.name) == ["send.accepted"])
        await stage.desk().workOnce()
        #expect(stage.provider.requests == 1)
    }

    @Test("without an answer it is repeated with the same key, and nothing is sent twice")
    func withoutAnAnswer() async throws {
        let key = try await stage.begin(2)
        stage.provider.losesAnswers = 3
        let desk = stage.desk()
        await desk.workOnce()
        #expect(try await stage.story(key).unknown == 2)
        #expect(try await stage.story(key).trouble == "time-out")
        #expect(stage.log.events.map(\.name) == ["send.open"])
        // Not before its time.
        await desk.workOnce()
        #expect(stage.provider.requests == 1)
        await stage.workUntilClosed(key)
        #expect(try await stage.story(key).accepted == stage.provider.keys(of: key))
        #expect(stage.provider.requests == 4)
        #expect(stage.provider.sent == 2)
    }

    @Test("a process that was killed after it began leaves the rest to the next one")
    func aProcessThatWasKilled() async throws {
        let key = try await stage.begin(2)
        let body = try #require(try await stage.ledger.beginTry(of: key, at: stage.time.now))
        _ = await stage.provider.send(body, recipients: 2)
        await stage.desk().workOnce()
        #expect(try await stage.story(key).accepted == stage.provider.keys(of: key))
        #expect(stage.provider.sent == 2)
    }

    @Test("a duplicate without its keys is found in the history", arguments: [true, false])
    func aDuplicateWithoutItsKeys(_ isOfWholeRequest: Bool) async throws {
        let key = try await stage.begin(2)
        stage.provider.losesAnswers = 1
        stage.provider.duplicatesHaveKeys = false
        stage.provider.refusesDuplicates = isOfWholeRequest
        await stage.workUntilClosed(key)
        #expect(try await stage.story(key).accepted == stage.provider.keys(of: key))
        #expect(stage.provider.sent == 2)
        #expect(stage.provider.looks > 0)
    }

    @Test("after its key's time it is looked for, told, and never sent again")
    func afterItsKeysTime() async throws {
        let key = try await stage.begin(2)
        stage.provider.isDown = true
        await stage.desk().workOnce()
        stage.time.advance(by: .seconds(24 * 3600))
        stage.provider.isDown = false
        await stage.workUntilClosed(key)
        #expect(stage.provider.requests == 1)
        #expect(stage.provider.sent == 0)
        #expect(try await stage.story(key).unknown == 2)
        #expect(stage.log.events.last?.name == "send.given_up")
        let firing = try await stage.ledger.alerts(at: stage.time.now).alerts.map(\.identity.name)
        #expect(firing == [.staleMessages])
    }

    @Test("after its key's time it is still found, where it did arrive")
    func afterItsKeysTimeItIsFound() async throws {
        let key = try await stage.begin(2)
        stage.provider.losesAnswers = 1
        await stage.desk().workOnce()
        stage.time.advance(by: .seconds(30 * 3600))
        await stage.workUntilClosed(key)
        #expect(try await stage.story(key).accepted == stage.provider.keys(of: key))
        #expect(stage.provider.sent == 2)
        #expect(stage.provider.requests == 1)
    }

    @Test("a history that cannot be had gives nobody up")
    func aHistoryThatCannotBeHad() async throws {
        let key = try await stage.begin(1)
        stage.provider.losesAnswers = 1
        await stage.desk().workOnce()
        stage.time.advance(by: .seconds(30 * 3600))
        stage.provider.historyIsDown = true
        for _ in 0..<5 {
            stage.time.advance(by: .seconds(3600))
            await stage.desk().workOnce()
        }
        #expect(try await stage.story(key).isClosed == false)
        stage.provider.historyIsDown = false
        await stage.workUntilClosed(key)
        #expect(try await stage.story(key).accepted.count == 1)
    }

    @Test("a plain no is the end of it")
    func aPlainNo() async throws {
        let key = try await stage.begin(2)
        stage.provider.refusal = "gateway A401"
        await stage.desk().workOnce()
        #expect(try await stage.story(key).outcomes == [.rejected("gateway A401"), .rejected("gateway A401")])
        #expect(try await stage.story(key).isClosed)
        #expect(stage.log.events.map(\.level) == [.warn])
    }

    @Test("each recipient costs a turn: 200 a second")
    func eachRecipientCostsATurn() async throws {
        for _ in 0..<10 { _ = try await stage.begin(200) }
        let startedAt = stage.time.uptime
        let desk = stage.desk()
        for _ in 0..<10 { await desk.workOnce() }
        #expect(stage.provider.sent == 2000)
        #expect(stage.time.uptime - startedAt >= .seconds(9))
        #expect(stage.time.uptime - startedAt < .seconds(12))
    }

    @Test("a look begins what is due, and says whether to look again soon")
    func aLook() async throws {
        let desk = stage.desk()
        #expect(await desk.look() == false)
        let key = try await stage.begin(1)
        #expect(await desk.look())
        #expect(await eventually { (try? await stage.story(key).isClosed) == true })
        #expect(await desk.look() == false)
    }

    @Test("who asks while a look is under way is to ask again")
    func aLookBesideAnother() async {
        let desk = stage.desk()
        // Both begin in one turn of the loop, before the first can have heard from the store.
        let looks = (0..<2).map { _ in EventLoop.task { await desk.look() } }
        let answers = [await looks[0].value, await looks[1].value]
        #expect(answers.contains(true))
        #expect(answers.contains(false))
    }

    @Test("a desk that drains begins nothing more")
    func aDeskThatDrains() async throws {
        let key = try await stage.begin(1)
        let desk = stage.desk()
        await desk.drain()
        await desk.workOnce()
        #expect(await desk.look() == false)
        await desk.begin(key)
        await desk.drain()
        #expect(stage.provider.requests == 0)
        #expect(try await stage.story(key).isClosed == false)
    }
}

/// A database, and a provider that takes sends.
@EventLoop
final class SendStage {
    let time = VirtualTime()
    let log = RecordingLog()
    let provider = SendingProvider()
    let ledger: SQLLedger
    private let folder = TemporaryFolder()
    /// Who waits for the rate wakes.
    private let driver: TimeDriver
    private var begun = 0

    init() {
        driver = TimeDriver(time)
        let path = folder.file("app.db")
        do {
            try SQLLedger.initializeDatabase(at: path)
            ledger = try SQLLedger.open(LedgerConfiguration(path: path), mode: .readWrite)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Another process each time.
    func desk() -> SendDesk { SendDesk(ledger: ledger, client: client, time: time, log: log) }

    var client: ProviderClient {
        ProviderClient(
            provider: provider, bucket: TokenBucket(ratePerSecond: 4, burst: 4, now: time.uptime),
            health: ProviderHealth(since: Timestamp(seconds: 0)), time: time, random: SeededGenerator(seed: 1))
    }

    func begin(_ recipients: Int) async throws -> SendKey {
        begun += 1
        let list = (0..<recipients).map { #"{"to":"\#($0)"}"# }.joined(separator: ",")
        let body = #"{"destinations":[\#(list)],"messageFlow":[{"alimtalk":{}}]}"#
        let key = SendKey("bzr-\(begun)")
        try await ledger.begin(
            NewSend(try SendRequest(body: Array(body.utf8)), as: key, serviceType: nil), at: time.now)
        return key
    }

    func story(_ key: SendKey) async throws -> SendStory { try #require(try await ledger.story(of: key)) }

    func workUntilClosed(_ key: SendKey) async {
        for _ in 0..<50 where (try? await story(key).isClosed) == false {
            time.advance(by: .seconds(600))
            await desk().workOnce()
        }
    }
}

/// Knows what it was sent, by idempotency key, and what it was asked.
@EventLoop
final class SendingProvider: Provider {
    let endpoints: Set<Endpoint> = [.reportInquiry, .messageStatus, .history, .send]
    var losesAnswers = 0
    var isDown = false
    var historyIsDown = false
    var duplicatesHaveKeys = true
    var refusesDuplicates = false
    var refusal: String?
    private(set) var requests = 0
    private(set) var looks = 0
    private var known: [SendKey: Int] = [:]

    /// Messages.
    var sent: Int { known.values.reduce(0, +) }

    func keys(of key: SendKey) -> [MessageKey] { (0..<(known[key] ?? 0)).map { Self.key(key, $0) } }

    private static func key(_ key: SendKey, _ recipient: Int) -> MessageKey { MessageKey("M-\(key.text)-\(recipient)") }

    func send(_ body: [UInt8], recipients: Int) async -> SendReply {
        requests += 1
        if isDown { return .unknown("no connection") }
        if let refusal { return .refused(refusal) }
        guard let text = JSONDocument(body)?.root.member("idempotencyKey")?.text else { return .refused("A309") }
        let key = SendKey(text)
        let isKnown = known.updateValue(recipients, forKey: key) != nil
        if losesAnswers > 0 {
            losesAnswers -= 1
            return .unknown("time-out")
        }
        if isKnown, refusesDuplicates { return .duplicate }
        return .answered(
            (0..<recipients).map {
                SendAnswer.Recipient(
                    code: isKnown ? "A301" : "A000", key: isKnown && !duplicatesHaveKeys ? nil : Self.key(key, $0))
            })
    }

    /// A message a page.
    func sent(_ question: HistoryQuestion) async throws(QuestionFailure) -> SentPage {
        looks += 1
        if historyIsDown { throw QuestionFailure(.unreachable, "HTTP 503") }
        let all = known.keys.sorted { $0.text < $1.text }.flatMap { key in (0..<known[key]!).map { (key, $0) } }
        let number = Int(question.cursor ?? 0)
        guard all.indices.contains(number) else { return SentPage(keys: [:], cursor: nil, hasNext: false) }
        let (key, recipient) = all[number]
        let hasNext = number + 1 < all.count
        return SentPage(
            keys: [key.reference(recipient): Self.key(key, recipient)], cursor: Int64(number + 1), hasNext: hasNext)
    }

    /// What is said of every message.
    var reported: String?
    private(set) var asked: [Question] = []

    func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        asked.append(question)
        if isDown { throw QuestionFailure(.unreachable, "no connection") }
        guard let key = question.key, let reported else { return [] }
        return [ReportEntry(key: key, code: ReportCode(reported))]
    }

    func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        HistoryPage(entries: [], cursor: nil, hasNext: false)
    }

    func poll() async throws(QuestionFailure) -> ReportBatch? { nil }

    func acknowledge(_ id: String) async throws(QuestionFailure) {}
}
