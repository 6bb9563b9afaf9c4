import Ledger
import Reconciliation
import Testing

@testable import Operations

/// `verify` in the configuration.
@Suite struct VerifyTests {
    @Test("it looks every hour, and verifies a day at half past four, where nothing is said")
    func defaults() throws {
        for text in ["{}", "{verify: {}}"] {
            let verify = try settings(text).verify
            #expect(verify == Settings.Verify())
            #expect(verify.every == .seconds(3600))
            #expect(verify.dayAt == .seconds(4 * 3600 + 1800))
            #expect(verify.senderKeysFile == nil)
        }
    }

    @Test("null: nothing is verified")
    func off() throws {
        let off = try settings("{verify: {every: null}}")
        #expect(off.verify.every == nil)
        #expect(off.verification == nil)
    }

    @Test("in omni there is nothing to verify by")
    func omni() throws {
        let text = "{api: {generation: 'omni', client_id: 'x', client_password_file: '/p'}}"
        #expect(try settings(text).verification == nil)
    }

    @Test("days begin and end in the zone of the people")
    func zone() throws {
        let text = "{verify: {every: '2m', day_at: '23:59'}, store: {time_zone: '+09:00'}, time_zone: '-03:30'}"
        let schedule = try settings(text).verification
        #expect(
            schedule
                == VerificationSchedule(
                    every: .seconds(120), dayAt: .seconds(86_340), zone: Zone(secondsEastOfUTC: -12_600)))
    }

    @Test("what is found fires until the next look is over", arguments: [("'5m'", 300), ("null", 0)])
    func alertRules(_ every: String, _ seconds: Int) throws {
        let rules = try settings("{verify: {every: \(every)}}").ledger().alertRules
        #expect(rules.verifyEvery == .seconds(seconds))
    }

    @Test("midnight is a time of day", arguments: [("00:00", 0), ("04:30", 16_200), ("23:59", 86_340)])
    func times(_ text: String, _ seconds: Int) throws {
        #expect(try settings("{verify: {day_at: '\(text)'}}").verify.dayAt == .seconds(seconds))
    }

    @Test(
        "what is no time of day is named with what was expected",
        arguments: ["'4:30'", "'24:00'", "'04:60'", "'0430'", "'04:30:00'", "'-1:30'", "'٠٤:٣٠'", "''", "430", "null"])
    func badTimes(_ text: String) {
        let found = problems("{verify: {day_at: \(text)}}")
        #expect(found.count == 1)
        #expect(
            found.first?.hasPrefix("config.json5:1: verify.day_at: expected a time of day such as \"04:30\"") == true)
    }

    @Test(
        "what is no pause between looks is refused", arguments: ["'0s'", "'2d'", "'hourly'", "60", "-1", "true", "[]"])
    func badPauses(_ text: String) {
        let found = problems("{verify: {every: \(text)}}")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("config.json5:1: verify.every: ") == true)
    }

    @Test("a file of keys may be null, and not empty")
    func file() throws {
        #expect(try settings("{verify: {sender_keys_file: null}}").verify.senderKeysFile == nil)
        #expect(try settings("{verify: {sender_keys_file: '/k'}}").verify.senderKeysFile == "/k")
        #expect(problems("{verify: {sender_keys_file: ''}}").count == 1)
    }

    @Test(
        "unknown keys and other shapes are refused",
        arguments: ["{verify: {often: '1h'}}", "{verify: null}", "{verify: []}"])
    func unknown(_ text: String) {
        #expect(problems(text).count == 1)
    }
}
