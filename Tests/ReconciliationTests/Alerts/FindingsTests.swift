import Reconciliation
import Testing

/// Alerts of what verification finds, and of conditions that are looked at one by one.
@Suite struct FindingsTests {
    private static let falseSent = AlertIdentity(.falseSent)
    private static let hourly: AlertRules = {
        var rules = defaultRules
        rules.verifyEvery = .seconds(3600)
        return rules
    }()

    private func sender(_ key: String) -> AlertIdentity { AlertIdentity(.senderBlocked, labels: ["sender": key]) }

    private func found() -> AlertStates {
        var states = AlertStates()
        states.apply(.occurred(.falseSent, occurrence(3, tally: ["64008": 3])), after: .zero, rules: Self.hourly)
        return states
    }

    @Test("it fires until it has not been found for the pause by the time of the next look")
    func lifetime() {
        var states = found()
        states.advance(to: .after(.seconds(4199)), rules: Self.hourly)
        #expect(states.alerts[Self.falseSent]?.isFiring == true)
        states.advance(to: .after(.seconds(4200)), rules: Self.hourly)
        #expect(states.alerts[Self.falseSent]?.isFiring == false)
        #expect(states.alerts[Self.falseSent]?.resolvedAt == .after(.seconds(4200)))
    }

    @Test("without looks it ends after the pause alone")
    func withoutLooks() {
        var states = found()
        states.advance(to: .after(.seconds(599)), rules: defaultRules)
        #expect(states.alerts[Self.falseSent]?.isFiring == true)
        states.advance(to: .after(.seconds(600)), rules: defaultRules)
        #expect(states.alerts[Self.falseSent]?.isFiring == false)
    }

    @Test("found again it goes on, and counts nothing anew")
    func persists() {
        var states = found()
        for hour in 1...10 {
            states.apply(.persists(.falseSent), after: .seconds(3600 * hour), rules: Self.hourly)
        }
        #expect(states.alerts[Self.falseSent]?.isFiring == true)
        #expect(states.alerts[Self.falseSent]?.count == 3)
        #expect(states.alerts[Self.falseSent]?.tally == ["64008": 3])
        states.advance(to: .after(.seconds(36_000 + 4200)), rules: Self.hourly)
        #expect(states.alerts[Self.falseSent]?.isFiring == false)
    }

    @Test("once over it does not begin anew by what was known before, but by what is new")
    func doesNotBeginAnew() {
        var states = found()
        states.advance(to: .after(.seconds(5000)), rules: Self.hourly)
        states.apply(.persists(.falseSent), after: .seconds(6000), rules: Self.hourly)
        #expect(states.alerts[Self.falseSent]?.isFiring == false)
        #expect(states.alerts[Self.falseSent]?.episode == 1)
        states.apply(.occurred(.falseSent, occurrence(1)), after: .seconds(7000), rules: Self.hourly)
        #expect(states.alerts[Self.falseSent]?.isFiring == true)
        #expect(states.alerts[Self.falseSent]?.episode == 2)
        #expect(states.alerts[Self.falseSent]?.count == 1)
    }

    @Test("what never fired does not persist")
    func nothingPersists() {
        var states = AlertStates()
        states.apply(.persists(.falseSent), after: .zero)
        #expect(states.alerts.isEmpty)
        #expect(!states.isChanged)
    }

    @Test("a clock that was ahead does not keep it firing")
    func clockWasAhead() {
        var states = AlertStates()
        states.apply(.occurred(.falseSent, occurrence(1)), after: .seconds(1_000_000), rules: Self.hourly)
        states.advance(to: start, rules: Self.hourly)
        states.advance(to: .after(.seconds(4200)), rules: Self.hourly)
        #expect(states.alerts[Self.falseSent]?.isFiring == false)
    }

    @Test("what nobody looks at any more is over, and nothing else")
    func noOther() {
        var states = AlertStates()
        for key in ["a", "b", "c"] { states.apply(.holds(sender(key), detail: "blocked"), after: .zero) }
        states.apply(.holds(AlertIdentity(.deliveryCollapse), detail: "4%"), after: .zero)
        states.apply(.noOther(.senderBlocked, than: [sender("b")]), after: .seconds(1))
        states.advance(after: .seconds(700))
        let firing = Set(states.firing.map(\.identity))
        #expect(firing == [sender("b"), AlertIdentity(.deliveryCollapse)])
    }

    @Test("none of a name is over where none is looked at")
    func none() {
        var states = AlertStates()
        states.apply(.holds(sender("a"), detail: "blocked"), after: .zero)
        states.apply(.noOther(.senderBlocked, than: []), after: .seconds(1))
        #expect(states.alerts[sender("a")]?.overSince == .after(.seconds(1)))
        states.apply(.holds(sender("a"), detail: "blocked"), after: .seconds(2))
        #expect(states.alerts[sender("a")]?.overSince == nil)
    }

    @Test("the same again changes nothing that would have to be written")
    func nothingToWrite() {
        var states = AlertStates()
        states.apply(.noOther(.senderBlocked, than: []), after: .zero)
        states.apply(.over(AlertIdentity(.deliveryCollapse)), after: .zero)
        #expect(!states.isChanged)
    }
}
