internal import Engine
internal import Reconciliation

/// One language: every word that people read of an alert. Names, codes, keys and commands are the same in all.
///
/// Texts hold counts, reasons and codes; nothing the provider worded but a condition's detail, made safe.
protocol Wording: Sendable {
    /// What happened, what it means, what to do first.
    /// - Parameter most: how many reasons, and how many codes, may be named.
    func firing(_ alert: Alert, most: Int) -> String

    /// What the last part of that text begins with.
    var whatToDo: String { get }

    /// Of the times in all texts.
    var zone: Zone { get }

    /// That it is over, and what it was.
    func resolved(_ alert: Alert, most: Int) -> String

    /// Follows the text of one that began and ended before it was told.
    var overByNow: String { get }

    /// Of a test.
    var test: String { get }

    /// What a phone shows before it is unlocked, `state: name (labels), messages`, is made of these.
    func state(_ state: Alert.State) -> String
    func messages(_ count: Int) -> String

    func examples(_ list: String) -> String
    func origin(since: Timestamp, host: String, version: String) -> String
}

extension AlertLanguage {
    func wording(_ zone: Zone) -> any Wording {
        switch self {
        case .english: English(zone: zone)
        case .korean: Korean(zone: zone)
        }
    }
}

extension Notification {
    var wording: any Wording { language.wording(zone) }
}
