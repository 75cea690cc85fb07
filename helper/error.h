/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef KF_ERROR_H
#define KF_ERROR_H

/*
 * The one way to fail: a function that can fail returns an enum kf_rc and, unless it is KF_OK,
 * has put one sentence for the administrator into the struct kf_error it was given.
 */

/* Why something failed; outcome.c alone decides which exit status that becomes. */
enum kf_rc {
    KF_OK = 0,
    KF_INTERNAL,    /* out of memory or of what passes likewise, or a library failed where it never
                       should */
    KF_BADCONFIG,   /* an administrator has to edit something on this host */
    KF_BADINPUT,    /* this request cannot be sent as it is */
    KF_NOTSENT,     /* the network failed before the request left this host */
    KF_BUSY,        /* the server answered: not now; it did not take the request */
    KF_UNCERTAIN,   /* the request left, no usable answer came: the CA may have issued */
    KF_PENDING,     /* the server took the request, and answered with an error that says so */
    KF_UNTRUSTED,   /* the server's TLS certificate is not trusted */
    KF_AUTH,        /* the server does not accept the credentials, signature or clock */
    KF_FORBIDDEN,   /* the server knows the account, and does not let it do this */
    KF_NOAPI,       /* this server does not have the API asked for */
    KF_REFUSED,     /* the CA said no */
    KF_BADREPLY,    /* garbage, or a stranger's certificate, where the certificate should be */
    KF_UNSUPPORTED, /* an operation this helper does not know */
};

#define KF_ERROR_MAX 1024

/* Caller-owned, of fixed size, so that failing works when memory is out. */
struct kf_error {
    char text[KF_ERROR_MAX]; /* one sentence, NUL-terminated, perhaps with bytes of the network in
                                it: made printable where it leaves the program */
};

/* Sets the text of err from format and returns rc: `return kf_fail(err, KF_BADINPUT, "...")`. */
enum kf_rc kf_fail(struct kf_error *err, enum kf_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Fails with KF_INTERNAL for want of memory. Inline, so that the analyzers see that it fails. */
static inline enum kf_rc
kf_fail_nomem(struct kf_error *err)
{
    kf_fail(err, KF_INTERNAL, "out of memory: the next try may succeed");
    return KF_INTERNAL;
}

/* Fails with what errno says of the file or folder at path: "PATH: WHAT: ERROR: ADVICE", what and
 * advice being NULL when there is nothing to add. KF_BADCONFIG; but KF_INTERNAL, without the
 * advice, when the error passes by itself: no descriptors or memory left, an interruption, a disk
 * or another host that did not answer. */
enum kf_rc kf_fail_file(struct kf_error *err, const char *path, const char *what,
                        const char *advice);

/* Puts text in front of what err says already ("CONTEXT: REASON"), and returns rc. */
enum kf_rc kf_fail_prefix(struct kf_error *err, enum kf_rc rc, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
