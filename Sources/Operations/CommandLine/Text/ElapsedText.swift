/// How long something took or is away, for people.
enum ElapsedText {
    /// `3d 4h`, `2h 10m`, `5m`, `12s`.
    static func of(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        switch seconds {
        case 172_800...: return "\(seconds / 86_400)d \(seconds % 86_400 / 3600)h"
        case 3600...: return "\(seconds / 3600)h \(seconds % 3600 / 60)m"
        case 60...: return "\(seconds / 60)m"
        default: return "\(seconds)s"
        }
    }
}
