CREATE TABLE public.auth_user (
    id integer NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.auth_user_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.auth_user_id_seq OWNED BY public.auth_user.id;
CREATE TABLE public.user_behavior_pageview (
    id bigint NOT NULL,
    session_id bigint NOT NULL,
    url character varying(200) NOT NULL,
    "timestamp" timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.user_behavior_pageview_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.user_behavior_pageview_id_seq OWNED BY public.user_behavior_pageview.id;
CREATE TABLE public.user_behavior_userinteraction (
    id bigint NOT NULL,
    session_id bigint NOT NULL,
    event_type character varying(50) NOT NULL,
    element text NOT NULL,
    metadata jsonb NOT NULL,
    "timestamp" timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.user_behavior_userinteraction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.user_behavior_userinteraction_id_seq OWNED BY public.user_behavior_userinteraction.id;
CREATE TABLE public.user_behavior_usersession (
    id bigint NOT NULL,
    session_id character varying(255) NOT NULL,
    user_agent text NOT NULL,
    ip_address inet NOT NULL,
    start_time timestamp with time zone NOT NULL,
    end_time timestamp with time zone,
    user_id character varying(255)
);
CREATE SEQUENCE public.user_behavior_usersession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.user_behavior_usersession_id_seq OWNED BY public.user_behavior_usersession.id;
ALTER TABLE ONLY public.auth_user ALTER COLUMN id SET DEFAULT nextval('public.auth_user_id_seq'::regclass);
ALTER TABLE ONLY public.user_behavior_pageview ALTER COLUMN id SET DEFAULT nextval('public.user_behavior_pageview_id_seq'::regclass);
ALTER TABLE ONLY public.user_behavior_userinteraction ALTER COLUMN id SET DEFAULT nextval('public.user_behavior_userinteraction_id_seq'::regclass);
ALTER TABLE ONLY public.user_behavior_usersession ALTER COLUMN id SET DEFAULT nextval('public.user_behavior_usersession_id_seq'::regclass);
INSERT INTO public.auth_user VALUES (2, 'pbkdf2_sha256$260000$saltOfTheUser2$EXY8DtJxIdezBi9h0k1MO6schWpsaEYsd7zgWYaHlLY=', '2025-02-03 04:05:06.789012+00', true, 'root', '', '', 'root@example.com', true, true, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.auth_user VALUES (3, 'pbkdf2_sha1$260000$saltOfTheUser3$ALaqIIyi5Jq70xGjS7XASFcB0tI=', '2025-02-03 04:05:06+00', false, 'erin', '', '', 'erin@example.com', true, true, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.auth_user VALUES (4, 'argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdE9mVGhlVXNlcjQ$K8toSm11Bl5xo3xZNBwr8w', NULL, false, 'alan', '', '', 'alan@example.com', false, true, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.auth_user VALUES (5, '!YtZ6fOONF07XAi7GAIgys6ZdJh6vKNogM4nJOsCB', NULL, false, 'olga', '', '', 'olga@example.com', false, true, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.auth_user VALUES (6, 'bcrypt_sha256$$2b$12$RhODcAAC4sekXx20R8XYseQzQvL.jY6ckEGyoDstUwDMyWybI4iCW', NULL, false, 'bert', '', '', 'bert@example.com', false, true, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.auth_user VALUES (7, 'pbkdf2_sha256$260000$saltOfTheUser7$ZlD6SKffFbm4DIw8Y6AwfWBWPQ9hHUcEgYBn1mI8Soc=', NULL, false, 'inactive', '', '', 'inactive@example.com', false, false, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.auth_user VALUES (90, 'pbkdf2_sha256$260000$saltOfTheUser90$KgOsL4s7VAvzmu76x4Ze8sG5kRDmmcagHMO31oZwR80=', NULL, false, 'zoë@example.com', '', '', 'zoë@example.com', false, true, '2023-05-06 07:08:09.123456+00');
INSERT INTO public.user_behavior_pageview VALUES (1, 1, 'https://shop.example.com/', '2025-03-01 12:00:00.000001+00');
INSERT INTO public.user_behavior_pageview VALUES (2, 1, 'https://shop.example.com/products?utm_source=news&page=2', '2025-03-01 12:01:00+00');
INSERT INTO public.user_behavior_pageview VALUES (9, 2, 'https://shop.example.com/caf%C3%A9', '2025-03-01 12:00:01.5+00');
INSERT INTO public.user_behavior_pageview VALUES (10, 70, 'http://localhost:8000/', '2025-01-01 00:00:00+00');
INSERT INTO public.user_behavior_userinteraction VALUES (1, 1, 'click', 'button#buy', '{"x": 10, "y": 20.5, "tags": ["a", {"é": null}]}', '2025-03-01 12:00:30.25+00');
INSERT INTO public.user_behavior_userinteraction VALUES (2, 1, 'scroll', 'window', '{}', '2025-03-01 12:00:31+00');
INSERT INTO public.user_behavior_userinteraction VALUES (3, 2, 'keypress', 'input[name="q"]', '[]', '2025-03-01 12:00:32.000001+00');
INSERT INTO public.user_behavior_userinteraction VALUES (4, 2, 'hover', 'a', '{"ok": true, "big": 12345678901234567890}', '2025-03-01 12:00:33+00');
INSERT INTO public.user_behavior_userinteraction VALUES (12, 5, 'form_submit', 'form → #1', '"text"', '2025-03-30 01:00:00+00');
INSERT INTO public.user_behavior_usersession VALUES (1, 'visit-1', 'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0', '203.0.113.7', '2025-03-01 12:00:00+00', NULL, '2');
INSERT INTO public.user_behavior_usersession VALUES (2, 'visit-2', 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', '2001:db8::1', '2025-03-01 12:00:00.123456+00', '2025-03-01 12:30:00.5+00', NULL);
INSERT INTO public.user_behavior_usersession VALUES (5, 'Zoë''s visit', 'curl/8.5.0', '192.0.2.1', '2025-03-30 00:59:59.999999+00', NULL, 'zoë');
INSERT INTO public.user_behavior_usersession VALUES (70, 'visit-70', 'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0', '203.0.113.7', '2024-12-31 23:59:59+00', '2025-01-01 00:10:00+00', '');
SELECT pg_catalog.setval('public.auth_user_id_seq', 1, false);
SELECT pg_catalog.setval('public.user_behavior_pageview_id_seq', 1, false);
SELECT pg_catalog.setval('public.user_behavior_userinteraction_id_seq', 1, false);
SELECT pg_catalog.setval('public.user_behavior_usersession_id_seq', 1, false);
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_username_key UNIQUE (username);
ALTER TABLE ONLY public.user_behavior_pageview
    ADD CONSTRAINT user_behavior_pageview_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_behavior_userinteraction
    ADD CONSTRAINT user_behavior_userinteraction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_behavior_usersession
    ADD CONSTRAINT user_behavior_usersession_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.user_behavior_usersession
    ADD CONSTRAINT user_behavior_usersession_session_id_key UNIQUE (session_id);
CREATE INDEX auth_user_username_6821ab7c_like ON public.auth_user USING btree (username varchar_pattern_ops);
CREATE INDEX user_behavior_pageview_session_id_ae3ec70c ON public.user_behavior_pageview USING btree (session_id);
CREATE INDEX user_behavior_userinteraction_session_id_349264fa ON public.user_behavior_userinteraction USING btree (session_id);
CREATE INDEX user_behavior_usersession_session_id_8c480a70_like ON public.user_behavior_usersession USING btree (session_id varchar_pattern_ops);
ALTER TABLE ONLY public.user_behavior_pageview
    ADD CONSTRAINT user_behavior_pagevi_session_id_ae3ec70c_fk_user_beha FOREIGN KEY (session_id) REFERENCES public.user_behavior_usersession(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.user_behavior_userinteraction
    ADD CONSTRAINT user_behavior_userin_session_id_349264fa_fk_user_beha FOREIGN KEY (session_id) REFERENCES public.user_behavior_usersession(id) DEFERRABLE INITIALLY DEFERRED;
