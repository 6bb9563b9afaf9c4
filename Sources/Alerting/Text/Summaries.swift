internal import Engine
internal import Reconciliation

/// What people are told, short enough for a phone at night.
enum Summaries {
    static let maximumCharacters = 400
    private static let mostOfAKind = 3

    /// As many counts as leave room for what to do.
    /// - Parameter zone: of the times in it.
    static func text(
        _ alert: Alert, _ kind: NotificationKind, in language: AlertLanguage, _ zone: Zone = .utc
    ) -> String {
        let wording = language.wording(zone)
        let isOver = kind != .resolved && !alert.isFiring
        let tail = isOver ? wording.overByNow : ""
        let room = maximumCharacters - tail.count
        let texts = (1...mostOfAKind).reversed().lazy.map { most in
            kind == .resolved ? wording.resolved(alert, most: most) : wording.firing(alert, most: most)
        }
        return (texts.first { $0.count <= room } ?? cut(texts.last ?? "", to: room)) + tail
    }

    private static func cut(_ text: String, to room: Int) -> String {
        text.count > room ? text.prefix(room - 1) + "…" : text
    }
}
