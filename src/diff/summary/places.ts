/** Which place a path belongs to. Sources: the FHS, Debian policy chapters 10 to 12, and the directories that privileged programs read. */
import type { Place } from './changes.ts'

/** Who may do what, and what runs with privileges when something happens. */
const SECURITY =
  /^(etc\/(sudoers(\.d)?|pam\.d|security|polkit-1|apparmor(\.d)?|selinux|apt\/(apt\.conf|trusted|auth|preferences|sources)|ssh|ssl|ld\.so\.(conf|preload)|profile|profile\.d|bash\.bashrc|environment|shadow|passwd|group|securetty|hosts\.(allow|deny)|nftables|iptables|xinetd\.d|inetd|login\.defs|modprobe\.d|modules-load\.d|sysctl\.d|sysctl\.conf|udev|dbus-1|doas\.conf|ca-certificates|crypttab|fstab|X11\/Xsession\.d|dpkg)(\/|\.|$)|(usr\/)?lib\/(udev\/rules\.d|polkit-1|modprobe\.d|sysctl\.d|security|pam\.d)\/|usr\/lib\/(modules-load\.d|sysusers\.d|tmpfiles\.d|binfmt\.d|environment\.d)\/|usr\/share\/(polkit-1|dbus-1\/(system\.d|system-services)|keyrings|ca-certificates|apt|pam-configs|bash-completion\/never|initramfs-tools)\/)/

/** What init or a scheduler starts. */
const SERVICE =
  /^((usr\/)?lib\/systemd\/(system|user|system-generators|system-sleep|system-shutdown)\/|etc\/(systemd|init\.d|rc[0-9S]\.d|cron\.(d|hourly|daily|weekly|monthly)|crontab|init|xdg\/autostart|network\/if-|NetworkManager\/dispatcher\.d|ppp\/ip-|kernel\/|logrotate\.d|default\/never)|usr\/lib\/systemd\/|var\/spool\/cron\/|usr\/share\/dbus-1\/services\/)/

export function placeOf(path: string, isConffile: boolean): Place {
  if (path.startsWith('control/')) return 'control file'
  if (SECURITY.test(path)) return 'security'
  if (SERVICE.test(path)) return 'service'
  if (isConffile) return 'conffile'
  if (/^usr\/include\//.test(path)) return 'header'
  if (
    /^usr\/share\/doc\/[^/]+\/.*(copyright|licen[cs]e|copying|notice)[^/]*$/i.test(path) ||
    /^usr\/share\/common-licenses\//.test(path)
  )
    return 'licence'
  if (/^usr\/share\/doc\/[^/]+\/changelog[^/]*$/i.test(path)) return 'changelog'
  if (/^usr\/share\/doc\/[^/]+\/NEWS\.Debian(\.gz)?$/.test(path)) return 'news'
  if (
    /^usr\/share\/(doc|doc-base|man|info|gtk-doc|javadoc|help|gnome\/help|lintian|reportbug|bug)\//.test(path)
  )
    return 'document'
  return 'other'
}
