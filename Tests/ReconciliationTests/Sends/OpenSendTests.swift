import Reconciliation
import Testing

/// What is done about a send of which it is not known what became of it.
@Suite struct OpenSendTests {
    private static let created = Timestamp(seconds: 1_800_000_000)

    private func send(
        tries: Int = 0, known: Bool = false, triedAfter tried: Duration? = nil, lookedAfter looked: Duration? = nil
    ) -> OpenSend {
        OpenSend(
            key: SendKey("bzr-1"), createdAt: Self.created, tries: tries, lastTriedAt: tried.map { Self.created + $0 },
            isKnownToProvider: known, lookedAt: looked.map { Self.created + $0 }, open: [0, 1, 2])
    }

    private func step(_ send: OpenSend, after age: Duration) -> OpenSend.Step { send.step(at: Self.created + age) }

    private static let hour = Duration.seconds(3600)

    @Test("one never requested is requested, also late, but not when nobody would know it again")
    func oneNeverRequested() {
        #expect(step(send(), after: .zero) == .request)
        #expect(step(send(), after: Self.hour * 22) == .request)
        #expect(step(send(), after: Self.hour * 23) == .giveUp)
        // By a clock that was put back: nothing can have arrived.
        #expect(step(send(), after: .zero - Self.hour) == .request)
    }

    @Test("one without an answer is repeated while its key is known, and looked for afterwards")
    func oneWithoutAnAnswer() {
        let open = send(tries: 1, triedAfter: .seconds(1))
        #expect(step(open, after: .seconds(2)) == .request)
        #expect(step(open, after: Self.hour * 22) == .request)
        #expect(step(open, after: Self.hour * 23) == .look)
        #expect(step(open, after: Self.hour * 200) == .look)
    }

    @Test("it is never repeated by a clock that was put back")
    func neverRepeatedByAClockThatWasPutBack() {
        #expect(step(send(tries: 1, triedAfter: Self.hour), after: Self.hour / 2) == .look)
        #expect(step(send(tries: 1, triedAfter: .zero), after: .seconds(-1)) == .look)
    }

    @Test("one that the provider knows is not repeated: that would say no more")
    func oneThatTheProviderKnows() {
        #expect(step(send(tries: 2, known: true, triedAfter: .seconds(1)), after: .seconds(2)) == .look)
    }

    @Test("it is given up when a look after its key's time found nothing, and never before")
    func givenUpAfterALook() {
        let looked = send(tries: 1, triedAfter: .seconds(1), lookedAfter: Self.hour * 24)
        #expect(step(looked, after: Self.hour * 26) == .look)
        let lookedLater = send(tries: 1, triedAfter: .seconds(1), lookedAfter: Self.hour * 25)
        #expect(step(lookedLater, after: Self.hour * 26) == .giveUp)
        // No look ever came to its end.
        #expect(step(send(tries: 1), after: Self.hour * 24 * 29) == .look)
        #expect(step(send(tries: 1), after: Self.hour * 24 * 30) == .giveUp)
    }

    @Test("pauses grow to ten minutes")
    func pausesGrow() {
        var open = send()
        let pauses = (0..<12).map { failures in
            open.failures = failures
            return open.pause()
        }
        #expect(pauses.first == .seconds(1))
        #expect(pauses == pauses.sorted())
        #expect(pauses.last == .seconds(600))
    }

    // MARK: Replies

    @Test("each recipient's code counts")
    func eachRecipientsCodeCounts() {
        let conclusion = send(tries: 1).conclude(
            .answered([
                .init(code: "A000", key: MessageKey("K1")), .init(code: "A306"),
                .init(code: "A301", key: MessageKey("K3")),
            ]))
        #expect(
            conclusion.outcomes == [
                0: .accepted(MessageKey("K1"), isNew: true), 1: .rejected("A306"),
                2: .accepted(MessageKey("K3"), isNew: false),
            ])
        #expect(conclusion.trouble == nil)
        #expect(!conclusion.isKnownToProvider)
    }

    @Test("a duplicate without a key is known to the provider")
    func aDuplicateWithoutAKey() {
        let entry = send(tries: 2).conclude(
            .answered([.init(code: "A301"), .init(code: "A306"), .init(code: "A000")]))
        #expect(entry.outcomes == [1: .rejected("A306")])
        #expect(entry.isKnownToProvider)
        #expect(entry.trouble != nil)
        let whole = send(tries: 2).conclude(.duplicate)
        #expect(whole.outcomes.isEmpty)
        #expect(whole.isKnownToProvider)
    }

    @Test("what is known already is left alone")
    func whatIsKnownIsLeftAlone() {
        var open = send(tries: 2)
        open.open = [2]
        let answer = SendAnswer.Recipient(code: "A306")
        #expect(open.conclude(.answered([answer, answer, answer])).outcomes == [2: .rejected("A306")])
        #expect(open.conclude(.answered([answer])).outcomes.isEmpty)
    }

    @Test("a plain no to the first request is the end; to a repetition it says nothing of the first")
    func aPlainNo() {
        let first = send(tries: 1).conclude(.refused("gateway A401"))
        #expect(first.outcomes == [0, 1, 2].reduce(into: [:]) { $0[$1] = .rejected("gateway A401") })
        let second = send(tries: 2).conclude(.refused("gateway A401"))
        #expect(second.outcomes.isEmpty)
        #expect(second.trouble == "gateway A401")
    }

    @Test("no answer, or not now: nothing is known")
    func nothingIsKnown() {
        for reply in [SendReply.unknown("time-out"), .notNow("HTTP 429", retryAfter: nil)] {
            let conclusion = send(tries: 1).conclude(reply)
            #expect(conclusion.outcomes.isEmpty)
            #expect(!conclusion.isKnownToProvider)
            #expect(conclusion.trouble != nil)
        }
    }
}
