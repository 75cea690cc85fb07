/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copyright (C) 2026 The certmonger-keyfactor authors */
#ifndef SIM_ANSWER_H
#define SIM_ANSWER_H

/* One HTTP answer, and what the record is to say of it. */

#include <stddef.h>

#include <jansson.h>

struct sim_answer {
    unsigned status; /* 0: none, the connection is cut */
    char *content_type;
    json_t *headers; /* further ones: an object of strings or arrays of them; NULL without */
    char *body;
    size_t body_size;
    /* For the record */
    char *refused;             /* why the server refused the request; NULL when it did not */
    char *disposition;         /* as answered; NULL when the request was no enrollment */
    unsigned long request_id;  /* the true one; 0 without */
    char *serial;              /* of the certificate that was truly issued; NULL without */
    const char *authenticated; /* how the client showed who it is; NULL: it did not */
    const char *account;       /* whose request it was taken for; NULL without */
};

void sim_answer_clear(struct sim_answer *answer);

/* Each of these replaces what the answer was; further headers stay. */
void sim_answer_text(struct sim_answer *answer, unsigned status, const char *content_type,
                     const char *body);

/* Takes the JSON over. */
void sim_answer_json(struct sim_answer *answer, unsigned status, json_t *json);

/* The HTML page that the web server in front writes for a status. */
void sim_answer_page(struct sim_answer *answer, unsigned status);

/* The web server's page, and the reason for the record. */
void sim_answer_refuse_page(struct sim_answer *answer, unsigned status, const char *reason);

/* The page of a 403 that says more exactly which, such as "403.7", and the reason. */
void sim_answer_refuse_exactly(struct sim_answer *answer, const char *status, const char *reason);

/* Only the reason for the record. */
void sim_answer_reason(struct sim_answer *answer, const char *reason);

/* The API's own refusal: {"Message": ...}, with "ErrorCode" unless code is NULL. */
void sim_answer_refuse(struct sim_answer *answer, unsigned status, const char *code,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The header has this value alone. */
void sim_answer_header(struct sim_answer *answer, const char *name, const char *value);

/* One more header of the name. */
void sim_answer_add_header(struct sim_answer *answer, const char *name, const char *value);

#endif
