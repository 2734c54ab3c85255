# certbot only answers challenges in nginx, and reloads it all the same.
# renewal: works
# nginx: has the new certificate
# says:
rm /etc/letsencrypt/renewal-hooks/deploy/nginx
certbot certonly --nginx --domain example.com
enable tls
