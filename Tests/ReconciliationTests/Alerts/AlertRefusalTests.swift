import Reconciliation
import Support
import Testing

/// `AccountRefused` and `SenderRefused`: ended by the first delivery reported after the last refusal.
struct AlertRefusalTests {
    private func refused(_ count: Int, reported seconds: Int) -> AlertObservation {
        .refused(.accountRefused, accountCode, occurrence(count), reportedAt: .after(.seconds(seconds)))
    }

    private func delivered(reported seconds: Int) -> AlertObservation {
        .delivered(reportedAt: .after(.seconds(seconds)))
    }

    @Test func `one alert a code`() throws {
        let other = try #require(ReportCode("64009"))
        var book = AlertStates()
        book.apply(refused(2, reported: -10), after: .zero)
        book.apply(.refused(.accountRefused, other, occurrence(1), reportedAt: start), after: .zero)
        #expect(book.alerts[accountRefused]?.count == 2)
        #expect(book.alerts[AlertIdentity(.accountRefused, labels: ["code": "64009"])]?.count == 1)
        #expect(accountRefused.dedupKey == "AccountRefused{code=64008}")
    }

    @Test func `a report time in the future neither silences what comes nor keeps it firing`() {
        var book = AlertStates()
        book.apply(delivered(reported: 999_999_999), after: .zero)
        book.apply(refused(1, reported: 60), after: .seconds(61))
        #expect(book.alerts[accountRefused]?.isFiring == true)
        book.apply(refused(1, reported: 999_999_999), after: .seconds(62))
        book.apply(delivered(reported: 70), after: .seconds(71))
        #expect(book.alerts[accountRefused]?.state == .resolved)
    }

    @Test func `time alone never ends it`() {
        var book = AlertStates()
        book.apply(refused(1, reported: 0), after: .zero)
        book.advance(after: .seconds(30 * 86_400))
        #expect(book.alerts[accountRefused]?.isFiring == true)
    }

    @Test func `a delivery reported before the last refusal ends nothing, a later one does`() {
        var book = AlertStates()
        book.apply(refused(1, reported: 50), after: .seconds(60))
        book.apply(refused(1, reported: 20), after: .seconds(61))
        book.apply(delivered(reported: 49), after: .seconds(62))
        book.apply(delivered(reported: 50), after: .seconds(63))
        #expect(book.alerts[accountRefused]?.isFiring == true)
        book.apply(delivered(reported: 51), after: .seconds(64))
        #expect(book.alerts[accountRefused]?.state == .resolved)
        #expect(book.alerts[accountRefused]?.resolvedAt == .after(.seconds(64)))
        #expect(book.alerts[accountRefused]?.deliveredAt == .after(.seconds(51)))
    }

    @Test func `a delivery ends refusals of every code, and no alert of another kind`() {
        var book = AlertStates()
        book.apply(refused(1, reported: 0), after: .zero)
        book.apply(
            .refused(.senderRefused, ReportCode("73006")!, occurrence(1), reportedAt: start), after: .zero)
        book.apply(.occurred(.deadLetters, occurrence(2)), after: .zero)
        book.apply(delivered(reported: 1), after: .seconds(2))
        #expect(book.firing.map(\.identity) == [deadLetters])
    }

    @Test func `a refusal older than the delivery that ended the alert does not begin it again`() {
        var book = AlertStates()
        book.apply(refused(3, reported: 10), after: .seconds(100))
        book.apply(delivered(reported: 50), after: .seconds(101))
        book.apply(refused(5, reported: 40), after: .seconds(102))
        #expect(book.alerts[accountRefused]?.state == .resolved)
        #expect(book.alerts[accountRefused]?.episode == 1)
        book.apply(refused(5, reported: 51), after: .seconds(103))
        #expect(book.alerts[accountRefused]?.isFiring == true)
        #expect(book.alerts[accountRefused]?.episode == 2)
        #expect(book.alerts[accountRefused]?.count == 5)
    }

    @Test func `deliveries learnt of while nothing fires count too`() {
        var book = AlertStates()
        book.apply(refused(1, reported: 10), after: .seconds(100))
        book.apply(delivered(reported: 50), after: .seconds(101))
        book.apply(delivered(reported: 90), after: .seconds(102))
        book.apply(delivered(reported: 60), after: .seconds(103))
        book.apply(refused(1, reported: 80), after: .seconds(104))
        #expect(book.alerts[accountRefused]?.state == .resolved)
        #expect(book.alerts[accountRefused]?.deliveredAt == .after(.seconds(90)))
    }

    @Test func `a delivery of which only the application knows ends refusals before it, and is else forgotten`() {
        var book = AlertStates()
        func delivered(_ seconds: Int) -> Bool {
            book.deliveredElsewhere(.after(.seconds(seconds)), at: .after(.seconds(70)), rules: defaultRules)
        }
        #expect(!book.hasRefusals)
        book.apply(refused(1, reported: 50), after: .seconds(60))
        #expect(book.hasRefusals)
        let (before, same) = (delivered(40), delivered(50))
        #expect(!before)
        #expect(!same)
        #expect(book.lastDeliveryAt == nil)
        #expect(book.hasRefusals)
        let (later, another) = (delivered(51), delivered(52))
        #expect(later)
        #expect(!another)
        #expect(book.alerts[accountRefused]?.state == .resolved)
        #expect(!book.hasRefusals)
    }

    @Test(arguments: 0..<50) func `a mixed backlog does not flap, in whatever order it is worked off`(seed: Int) {
        // Suspended between 100 and 200 s, delivering before and after; learnt of long afterwards.
        var observations = (0..<30).map { delivered(reported: $0 * 3) }
        observations += (0..<30).map { refused(1, reported: 100 + $0 * 3) }
        observations += (0..<30).map { delivered(reported: 200 + $0 * 3) }
        var random = SeededGenerator(seed: UInt64(seed))
        observations.shuffle(using: &random)
        // The first refusal ever of this code may come when all deliveries have been seen; so one is known.
        var book = AlertStates()
        book.apply(refused(1, reported: -100), after: .seconds(999))
        var transitions = 0
        var wasFiring = true
        for (index, observation) in observations.enumerated() {
            book.apply(observation, after: .seconds(1000 + index))
            let isFiring = book.alerts[accountRefused]?.isFiring == true
            if isFiring != wasFiring { transitions += 1 }
            wasFiring = isFiring
        }
        #expect(!wasFiring, "the last word in report time is a delivery")
        // Over, perhaps begun once more by refusals learnt of before any later delivery, and over for good.
        #expect(transitions <= 3)
    }

    @Test func `a suspended account that stays suspended fires once, whatever was delivered before`() {
        var book = AlertStates()
        for index in 0..<500 {
            book.apply(refused(1, reported: 100 + index), after: .seconds(1000 + index))
            book.apply(delivered(reported: index / 10), after: .seconds(1000 + index))
        }
        #expect(book.alerts[accountRefused]?.episode == 1)
        #expect(book.alerts[accountRefused]?.isFiring == true)
        #expect(book.alerts[accountRefused]?.count == 500)
    }
}
